import { TrunklineError } from '../../errors.ts';
import type { Pins } from './pins.ts';
import type { Fields, Value } from './render-yaml.ts';

/** The code, without a token left behind in it. `commits`: so many of them; `history`: all, for what compares commits. */
export function checkout(
  pins: Pins,
  { history = false, commits = 1 }: { readonly history?: boolean; readonly commits?: number } = {},
): Fields {
  const depth = history ? 0 : commits;
  return {
    uses: pins.uses('actions/checkout'),
    with: { ...(depth === 1 ? {} : { 'fetch-depth': depth }), 'persist-credentials': false },
  };
}

export function trunkline(pins: Pins): Fields {
  return { uses: pins.uses('trunkline/trunkline') };
}

/** A script; whatever varies comes by `env`, never by an expression in its text. */
export function run(name: string, script: string, env?: Fields, more: Fields = {}): Fields {
  // The generator's own guard: what the linters find in published pipelines cannot be written here.
  if (script.includes('${{'))
    throw new TrunklineError('WORKFLOW_INVALID', `expected no expression in the script of "${name}", found one`);
  return { name, ...more, run: script, ...(env === undefined ? {} : { env }) };
}

/** The delivery App's, for jobs in the environment that holds it. */
export const appEnv: Fields = {
  TRUNKLINE_APP_ID: '${{ secrets.TRUNKLINE_APP_ID }}',
  TRUNKLINE_APP_KEY: '${{ secrets.TRUNKLINE_APP_KEY }}',
};

/** One label stands alone, as people write it. */
export function runsOn(labels: readonly string[]): Value {
  return labels.length === 1 ? labels[0] : labels;
}

/** A tool of a release, checked before anything of it runs. Linux on x86-64. */
export function installTool(pins: Pins, name: string, condition?: string): Fields {
  const { repository, version, asset, sha256 } = pins.tool(name);
  return run(
    `Install ${name}`,
    asset.endsWith('.tar.gz') ? installScripts.packed : installScripts.plain,
    { TOOL: name, URL: `https://github.com/${repository}/releases/download/${version}/${asset}`, SHA256: sha256 },
    condition === undefined ? {} : { if: condition },
  );
}

/** What installs a tool; all that varies are its variables. The lab knows these scripts by their text. */
export const installScripts = {
  packed: installing('tar -xzf "$RUNNER_TEMP/download" -C "$RUNNER_TEMP/tools" "$TOOL"'),
  plain: installing('cp "$RUNNER_TEMP/download" "$RUNNER_TEMP/tools/$TOOL"'),
} as const;

function installing(unpack: string): string {
  return `mkdir -p "$RUNNER_TEMP/tools"
curl --fail --silent --show-error --location --retry 3 --output "$RUNNER_TEMP/download" "$URL"
echo "$SHA256  $RUNNER_TEMP/download" | sha256sum --check --strict -
${unpack}
chmod +x "$RUNNER_TEMP/tools/$TOOL"
echo "$RUNNER_TEMP/tools" >> "$GITHUB_PATH"
`;
}

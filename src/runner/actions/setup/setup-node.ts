import { appendFile, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { validRange } from 'semver';
import { findProgram } from '../../process/find-program.ts';
import { type ActionCall, type ActionResult, type BuiltInAction, input } from '../action.ts';
import { architecture, bindTool, findTool, output, type ToolKind } from './host-tool.ts';
import { packageCache } from './package-cache.ts';
import { toolVersion, versionFile } from './version-file.ts';

/** actions/setup-node, with the Node that this machine has. */
export const setupNode: BuiltInAction = { name: 'actions/setup-node', fidelity: 'built-in', run };

const kind: ToolKind = {
  label: 'Node',
  cache: 'node',
  programs: ['node', ...[18, 20, 22, 24, 26].map((major) => `node${major}`)],
  ask: async (call, file) => {
    const version = /^v(\d+\.\d+\.\d+\S*)$/.exec((await output(call, file, ['--version'])) ?? '')?.[1];
    return version === undefined ? undefined : { file: await realpath(file), version };
  },
};

/** Code names of the lines with long-term support. */
const lines: Readonly<Record<string, number>> = {
  argon: 4,
  boron: 6,
  carbon: 8,
  dubnium: 10,
  erbium: 12,
  fermium: 14,
  gallium: 16,
  hydrogen: 18,
  iron: 20,
  jod: 22,
  krypton: 24,
};

async function run(call: ActionCall): Promise<ActionResult> {
  const wanted = await version(call);
  if (wanted !== '') {
    const range = rangeOf(call, wanted);
    const refusal = `Unable to find Node version '${wanted}' for platform ${process.platform} and architecture ${architecture()}.`;
    const tool = await findTool(call, kind, range, refusal);
    const links: Record<string, string> = { node: tool.file };
    for (const name of ['npm', 'npx', 'corepack']) {
      const found = await findProgram(name, dirname(tool.file));
      if (found !== undefined) links[name] = await realpath(found);
    }
    await bindTool(call, kind, tool, links);
    call.setOutput('node-version', `v${tool.version}`);
  } else {
    const own = await output(call, 'node', ['--version']);
    if (own !== undefined) call.setOutput('node-version', own);
  }
  await registry(call);
  const manager = input(call, 'cache');
  return manager === '' ? { conclusion: 'success' } : restorePackages(call, manager);
}

async function version(call: ActionCall): Promise<string> {
  const asked = input(call, 'node-version');
  if (asked !== '') {
    if (input(call, 'node-version-file') !== '')
      call.log(
        '::warning::Both node-version and node-version-file inputs are specified, only node-version will be used',
      );
    return asked;
  }
  const file = await versionFile(call, 'node-version-file', 'node');
  if (file === undefined) return '';
  const found = inFile(file.name, file.text);
  if (found === undefined) throw new Error(`Could not determine node version from ${file.name}`);
  call.log(`Resolved ${file.name} as ${found}`);
  return found;
}

function inFile(name: string, text: string): string | undefined {
  if (name.endsWith('package.json')) {
    const manifest = JSON.parse(text) as {
      volta?: { node?: string };
      engines?: { node?: string };
      devEngines?: { runtime?: { name?: string; version?: string } };
    };
    const runtime = manifest.devEngines?.runtime;
    return manifest.volta?.node ?? (runtime?.name === 'node' ? runtime.version : undefined) ?? manifest.engines?.node;
  }
  if (name.endsWith('.tool-versions')) return toolVersion(text, 'nodejs', 'node');
  return /^(?:node\s+)?v?([^\s#]+)/m.exec(text.trim())?.[1];
}

/** A version, a range or an alias. Which one is newest cannot be known here: the machine's own is taken, and it is said. */
function rangeOf(call: ActionCall, wanted: string): string {
  const text = wanted.trim().toLowerCase();
  if (['node', 'latest', 'current', 'lts/*'].includes(text) || /^lts\/-\d+$/.test(text)) {
    call.log(
      `::notice::GitHub would take the newest version that is "${wanted}"; here the newest of this machine counts`,
    );
    return text.startsWith('lts')
      ? Object.values(lines)
          .map((major) => `${major}.x`)
          .join(' || ')
      : '*';
  }
  const line = lines[/^lts\/(\w+)$/.exec(text)?.[1] ?? ''];
  const range = line === undefined ? text.replace(/^v/, '') : `${line}.x`;
  if (validRange(range) === null) throw new Error(`Invalid node version '${wanted}'`);
  return range;
}

/** `registry-url`: an .npmrc that names the registry and takes its token from NODE_AUTH_TOKEN. */
async function registry(call: ActionCall): Promise<void> {
  const url = input(call, 'registry-url');
  if (url === '') return;
  if (!URL.canParse(url)) throw new Error(`Invalid URL: ${url}`);
  const { href, host, pathname } = new URL(url.endsWith('/') ? url : `${url}/`);
  let scope = input(call, 'scope');
  if (scope === '' && host === 'npm.pkg.github.com') scope = String(call.github['repository_owner'] ?? '');
  const name = scope === '' ? '' : `${scope.startsWith('@') ? scope : `@${scope}`}:`.toLowerCase();
  const file = join(call.temp, '.npmrc');
  await appendFile(file, `//${host}${pathname}:_authToken=\${NODE_AUTH_TOKEN}\n${name}registry=${href}\n`, {
    mode: 0o600,
  });
  call.exportEnv('NPM_CONFIG_USERCONFIG', file);
  call.exportEnv('NODE_AUTH_TOKEN', call.env['NODE_AUTH_TOKEN'] ?? 'XXXXX-XXXXX-XXXXX-XXXXX');
}

async function restorePackages(call: ActionCall, manager: string): Promise<ActionResult> {
  const known = managers[manager];
  if (known === undefined) throw new Error(`Caching for '${manager}' is not supported`);
  const folder = await output(call, manager, known.folder);
  if (folder === undefined) throw new Error(`Could not get cache folder path for ${manager}`);
  return packageCache(call, {
    prefix: `node-cache-${call.env['RUNNER_OS'] ?? 'Linux'}-${architecture()}-${manager}`,
    paths: [folder.split('\n').at(-1) ?? folder],
    lockFiles: known.lockFiles,
    refusal: `Dependencies lock file is not found in ${call.workspace}. Supported file patterns: ${known.lockFiles.join(',')}`,
  });
}

const managers: Readonly<Record<string, { folder: readonly string[]; lockFiles: readonly string[] }>> = {
  npm: { folder: ['config', 'get', 'cache'], lockFiles: ['package-lock.json', 'npm-shrinkwrap.json', 'yarn.lock'] },
  pnpm: { folder: ['store', 'path', '--silent'], lockFiles: ['pnpm-lock.yaml'] },
  yarn: { folder: ['cache', 'dir'], lockFiles: ['yarn.lock'] },
};

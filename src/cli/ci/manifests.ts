import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { type EnvironmentsConfig, holdsPath, hotfixesPath, manifestFile, serviceNames } from '../../config/config.ts';
import { parseHolds, parseHotfixes } from '../../delivery/records.ts';
import { type Problem, TrunklineError } from '../../errors.ts';
import { runGit } from '../../git/git.ts';
import { readChangeRange } from '../../github/change-range.ts';
import { readPin } from '../../manifest/manifest.ts';
import type { Ports } from '../../ports.ts';
import { readLocal } from '../read-local.ts';
import { requireEnvironments } from './deploy.ts';

interface ManifestsOptions {
  readonly json?: true;
}

type Read = (path: string) => string | undefined;

/** A pin that names no release for good. */
interface Tagged {
  readonly file: string;
  readonly service: string;
  readonly environment: string;
  readonly pin: string;
}

/**
 * `trunkline ci manifests`: what a pull request leaves behind can be read, and pins by digest. A pin by its tag alone that
 * was there before is said and no fault of the pull request: the next release replaces it.
 */
export function manifestsCommand(ports: Ports): Command {
  return new Command('manifests')
    .description(
      'Whether every manifest that trunkline.yaml names is there, can be read and pins by a whole digest (or by a tag that stood there before), and whether holds and hotfixes can be read. Asks nobody, needs no token.',
    )
    .option('--json', 'print for machines')
    .addHelpText('after', '\nExample:\n  $ trunkline ci manifests')
    .action(async (options: ManifestsOptions) => {
      const config = requireEnvironments(readLocal(ports.cwd));
      const read: Read = (path) => {
        const place = join(ports.cwd, path);
        return existsSync(place) ? readFileSync(place, 'utf8') : undefined;
      };
      const { pins, problems, tagged } = look(config, read);
      const before = await taggedBefore(ports, config, tagged);
      const added = tagged.filter((one) => !before.some((other) => same(one, other)));
      const [first, ...rest] = [...problems, ...added.map(byTag)];
      if (first !== undefined) throw TrunklineError.of([first, ...rest]);
      if (options.json === true) {
        ports.stdout.write(`${JSON.stringify({ pins, tagged }, undefined, 2)}\n`);
        return;
      }
      for (const { file, service, environment, pin } of tagged)
        ports.stdout.write(`${file}: ${service} in ${environment} by its tag alone, as before: ${pin}\n`);
      ports.stdout.write(`${pins} releases are pinned by digest\n`);
    });
}

function byTag({ file, service, pin }: Tagged): Problem {
  return {
    code: 'MANIFEST_INVALID',
    message: `expected ${service} by digest, found "${pin}"`,
    location: { file },
    hint: 'a tag may be moved; `trunkline ci bump` and promotions write the digest',
  };
}

function same(one: Tagged, other: Tagged): boolean {
  return one.service === other.service && one.environment === other.environment && one.pin === other.pin;
}

/** What the commit that this one is compared with pinned in the same way; nothing where there is no such commit. */
async function taggedBefore(
  { cwd, env }: Ports,
  config: EnvironmentsConfig,
  tagged: readonly Tagged[],
): Promise<readonly Tagged[]> {
  if (tagged.length === 0) return [];
  const inside = await runGit(['rev-parse', '--verify', '--quiet', 'HEAD'], { cwd, accept: [1, 128] });
  const base = inside.code === 0 ? (await readChangeRange({ cwd, env }))?.base : undefined;
  if (base === undefined) return [];
  const texts = new Map<string, string>();
  for (const file of new Set(tagged.map((one) => one.file))) {
    const shown = await runGit(['show', '--end-of-options', `${base}:${file}`], { cwd, accept: [128] });
    if (shown.code === 0) texts.set(file, shown.stdout.toString());
  }
  return look(config, (path) => texts.get(path)).tagged;
}

function look(
  config: EnvironmentsConfig,
  read: Read,
): { readonly pins: number; readonly problems: readonly Problem[]; readonly tagged: readonly Tagged[] } {
  const problems: Problem[] = [];
  const tagged: Tagged[] = [];
  let pins = 0;
  const attempt = (file: string, act: () => void): void => {
    try {
      act();
    } catch (error) {
      if (!(error instanceof TrunklineError)) throw error;
      const { code, message, location = { file }, hint } = error;
      problems.push({ code, message, location, ...(hint === undefined ? {} : { hint }) });
    }
  };
  for (const { name: environment } of config.environments) {
    for (const service of serviceNames(config)) {
      const file = manifestFile(config, service, environment);
      const text = read(file);
      attempt(file, () => {
        if (text === undefined)
          throw new TrunklineError('MANIFEST_INVALID', `expected ${service} in ${environment} here, found no file`);
        const pin = readPin(config, new Map([[file, text]]), service, environment);
        if (pin === undefined) return;
        if (pin.digest === undefined) tagged.push({ file, service, environment, pin: pin.text });
        else pins += 1;
      });
    }
  }
  attempt(holdsPath, () => {
    parseHolds(read(holdsPath));
  });
  attempt(hotfixesPath, () => {
    parseHotfixes(read(hotfixesPath));
  });
  return { pins, problems, tagged };
}

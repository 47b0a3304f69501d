import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { type EnvironmentsConfig, holdsPath, hotfixesPath, manifestFile, serviceNames } from '../../config/config.ts';
import { parseHolds, parseHotfixes } from '../../delivery/records.ts';
import { type Problem, TrunklineError } from '../../errors.ts';
import { readPin } from '../../manifest/manifest.ts';
import type { Ports } from '../../ports.ts';
import { readLocal } from '../read-local.ts';
import { requireEnvironments } from './deploy.ts';

interface ManifestsOptions {
  readonly json?: true;
}

/** `trunkline ci manifests`: what a pull request leaves behind can be read, and pins by digest. */
export function manifestsCommand(ports: Ports): Command {
  return new Command('manifests')
    .description(
      'Whether every manifest that trunkline.yaml names is there, can be read and pins by a whole digest, and whether holds and hotfixes can be read. Asks nobody, needs no token.',
    )
    .option('--json', 'print for machines')
    .addHelpText('after', '\nExample:\n  $ trunkline ci manifests')
    .action((options: ManifestsOptions) => {
      const config = requireEnvironments(readLocal(ports.cwd));
      const read = (path: string): string | undefined => {
        const place = join(ports.cwd, path);
        return existsSync(place) ? readFileSync(place, 'utf8') : undefined;
      };
      const { pins, problems } = look(config, read);
      const [first, ...rest] = problems;
      if (first !== undefined) throw TrunklineError.of([first, ...rest]);
      ports.stdout.write(
        options.json === true
          ? `${JSON.stringify({ pins }, undefined, 2)}\n`
          : `${pins} releases are pinned by digest\n`,
      );
    });
}

function look(
  config: EnvironmentsConfig,
  read: (path: string) => string | undefined,
): { readonly pins: number; readonly problems: readonly Problem[] } {
  const problems: Problem[] = [];
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
        if (pin.digest === undefined)
          throw new TrunklineError('MANIFEST_INVALID', `expected ${service} by digest, found "${pin.text}"`, {
            location: { file },
          });
        pins += 1;
      });
    }
  }
  attempt(holdsPath, () => {
    parseHolds(read(holdsPath));
  });
  attempt(hotfixesPath, () => {
    parseHotfixes(read(hotfixesPath));
  });
  return { pins, problems };
}

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Command } from 'commander';
import { type EnvironmentsConfig, serviceNames } from '../../config/config.ts';
import { TrunklineError } from '../../errors.ts';
import { formatCommand } from '../../github/workflow-commands.ts';
import type { Ports } from '../../ports.ts';
import { compareRendered, type Disparity } from '../../report/parity/compare-rendered.ts';
import { Exit } from '../exit.ts';
import { readLocal } from '../read-local.ts';
import { requireEnvironments } from './deploy.ts';

interface ParityOptions {
  readonly json?: true;
}

interface Found extends Disparity {
  readonly service: string;
  /** The environment, and the one that releases come from. */
  readonly environment: string;
  readonly from: string;
}

/** `trunkline ci parity`: what runs in an environment is what was tried in the one before it. */
export function parityCommand(ports: Ports): Command {
  return new Command('parity')
    .description(
      'Whether each environment gets what the one before it gets, but for image, replicas and what `parity.allow` names. Renders by `parity.render` of trunkline.yaml; asks nobody, needs no token.',
    )
    .option('--json', 'print for machines')
    .addHelpText('after', '\nExample:\n  $ trunkline ci parity')
    .action(async (options: ParityOptions) => {
      const config = requireEnvironments(readLocal(ports.cwd));
      const { parity } = config;
      if (parity === undefined)
        throw new TrunklineError('CONFIG_INVALID', 'expected `parity` in trunkline.yaml, found none', {
          hint: 'parity: { render: kubectl kustomize "services/$SERVICE/overlays/$ENVIRONMENT" }',
        });
      const found = await compareAll(ports, config, parity);
      if (options.json === true) ports.stdout.write(`${JSON.stringify({ differences: found }, undefined, 2)}\n`);
      else ports.stdout.write(found.length === 0 ? 'environments differ in what may differ only\n' : render(found));
      if (ports.env['GITHUB_ACTIONS'] === 'true')
        for (const one of found) ports.stdout.write(`${formatCommand('error', say(one), { title: 'PARITY' })}\n`);
      if (found.length > 0) throw new Exit(1);
    });
}

type Parity = NonNullable<EnvironmentsConfig['parity']>;

async function compareAll(ports: Ports, config: EnvironmentsConfig, parity: Parity): Promise<readonly Found[]> {
  const found: Found[] = [];
  for (const service of serviceNames(config)) {
    const texts = new Map<string, string>();
    const textOf = async (environment: string): Promise<string> => {
      const text = texts.get(environment) ?? (await rendered(ports, parity.render, service, environment));
      texts.set(environment, text);
      return text;
    };
    for (const { name: environment, from } of config.environments) {
      if (from === undefined) continue;
      const before = { environment: from, text: await textOf(from) };
      const after = { environment, text: await textOf(environment) };
      const differences = compareRendered(before, after, parity.allow);
      found.push(...differences.map((one) => ({ service, environment, from, ...one })));
    }
  }
  return found;
}

/** @throws INPUT_INVALID where the command fails */
async function rendered({ cwd, env }: Ports, command: string, service: string, environment: string): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', command], {
      cwd,
      env: { ...env, SERVICE: service, ENVIRONMENT: environment },
      maxBuffer: 64 * 1024 * 1024,
    });
    return stdout;
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : '';
    throw new TrunklineError(
      'INPUT_INVALID',
      `expected manifests of ${service} in ${environment} from \`parity.render\`, found that it failed: ${said.split('\n').at(-1) ?? ''}`,
      { hint: `try it: SERVICE=${service} ENVIRONMENT=${environment} bash -c '${command}'` },
    );
  }
}

function say({ service, environment, from, object, field, before, after }: Found): string {
  const at = `${service}: ${object}${field === undefined ? '' : ` ${field}`}`;
  return `${at}: ${before ?? 'none'} in ${from}, ${after ?? 'none'} in ${environment}`;
}

function render(found: readonly Found[]): string {
  return `${found.map(say).join('\n')}\nput it into both, or allow it: parity.allow in trunkline.yaml\n`;
}

import type { Command } from 'commander';
import { configPath, type EnvironmentsConfig, manifestFiles } from '../../config/config.ts';
import { parseConfig } from '../../config/parse-config.ts';
import type { ServicesConfig } from '../../config/services.ts';
import { changedPins } from '../../delivery/changed.ts';
import { type ChangedService, changedServices } from '../../delivery/changed-services.ts';
import { TrunklineError } from '../../errors.ts';
import { runGit } from '../../git/git.ts';
import { type ChangeRange, readChangedPaths, readChangeRange } from '../../github/change-range.ts';
import { appendSummary, setOutput } from '../../github/job-outputs.ts';
import type { Ports } from '../../ports.ts';
import { deliveryCommand } from '../delivery/options.ts';
import type { CommonOptions } from '../delivery/session.ts';

interface ChangedOptions extends CommonOptions {
  readonly base?: string;
  readonly head?: string;
}

export function changedCommand(ports: Ports): Command {
  return deliveryCommand(
    'changed',
    'which environments and services a change touches; outputs: environments, services',
    'trunkline ci changed --base HEAD~1',
  )
    .option('--base <commit>', 'by default what the event says, else the first parent')
    .option('--head <commit>', 'by default HEAD')
    .action(async (options: ChangedOptions) => {
      const range = await readChangeRange({ cwd: ports.cwd, env: ports.env, base: options.base, head: options.head });
      const changes = range === undefined ? nothing : await changesOf(ports.cwd, range);
      report(ports, options, range, changes);
    });
}

interface Changes {
  readonly environments: readonly string[];
  readonly services: readonly string[];
  /** Of each service, what made it change. */
  readonly because: Readonly<Record<string, string>>;
}

const nothing: Changes = { environments: [], services: [], because: {} };

async function changesOf(cwd: string, range: ChangeRange): Promise<Changes> {
  const { base, head } = range;
  const text = await show(cwd, head, configPath);
  if (text === undefined) throw new TrunklineError('NOT_FOUND', `expected ${configPath} at ${head}, found none`);
  const config = parseConfig(configPath, text);
  const pins = config.environments === undefined ? [] : await pinsBetween(cwd, config.environments, base, head);
  const environments = (config.environments?.environments ?? [])
    .map((one) => one.name)
    .filter((name) => pins.some((pin) => pin.environment === name));
  const touched = config.services === undefined ? [] : await servicesBetween(cwd, config.services, base, head);
  const because = [
    ...pins.map(({ service, environment }) => [service, `its pin in ${environment}`] as const),
    ...touched.map((one) => [one.service, one.because] as const),
  ];
  return {
    environments,
    services: [...new Set(because.map(([service]) => service))],
    because: Object.fromEntries([...because].reverse()),
  };
}

function report(ports: Ports, options: ChangedOptions, range: ChangeRange | undefined, changes: Changes): void {
  const { environments, services, because } = changes;
  const why = range?.because ?? 'nothing: the ref was deleted';
  setOutput(ports, 'environments', JSON.stringify(environments));
  setOutput(ports, 'services', JSON.stringify(services));
  appendSummary(
    ports,
    `- environments: ${environments.join(', ') || 'none'}\n- services: ${services.join(', ') || 'none'}\n- ${why}`,
  );
  if (options.json === true) {
    const facts = { base: range?.base ?? null, head: range?.head ?? null, range: why, environments, services, because };
    ports.stdout.write(`${JSON.stringify(facts, undefined, 2)}\n`);
    return;
  }
  ports.stderr.write(`${why}\n`);
  ports.stdout.write(
    `environments: ${environments.join(', ') || 'none'}\nservices: ${services.join(', ') || 'none'}\n`,
  );
}

async function servicesBetween(
  cwd: string,
  config: ServicesConfig,
  base: string | undefined,
  head: string,
): Promise<readonly ChangedService[]> {
  if (base === undefined) return changedServices(config, undefined, undefined);
  const text = await show(cwd, base, configPath);
  return changedServices(
    config,
    await readChangedPaths(cwd, base, head),
    text === undefined ? undefined : earlier(text),
  );
}

/** A configuration of the past that cannot be read compares with nothing. */
function earlier(text: string): ServicesConfig | undefined {
  try {
    return parseConfig(configPath, text).services;
  } catch (error) {
    if (error instanceof TrunklineError) return undefined;
    throw error;
  }
}

/** Pins that differ; a manifest that the range leaves alone is not looked at. */
async function pinsBetween(
  cwd: string,
  config: EnvironmentsConfig,
  base: string | undefined,
  head: string,
): Promise<ReturnType<typeof changedPins>> {
  if (base === undefined) return changedPins(config, new Map(), await texts(cwd, head, manifestFiles(config)));
  const paths = new Set(await readChangedPaths(cwd, base, head));
  const files = manifestFiles(config).filter((file) => paths.has(file));
  return changedPins(config, await texts(cwd, base, files), await texts(cwd, head, files));
}

async function texts(cwd: string, commit: string, files: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const file of files) {
    const text = await show(cwd, commit, file);
    if (text !== undefined) found.set(file, text);
  }
  return found;
}

async function show(cwd: string, commit: string, file: string): Promise<string | undefined> {
  const { code, stdout } = await runGit(['show', '--end-of-options', `${commit}:${file}`], { cwd, accept: [128] });
  return code === 0 ? stdout.toString() : undefined;
}

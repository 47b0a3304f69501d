import type { Command } from 'commander';
import { type Config, configPath, type EnvironmentsConfig, manifestFiles } from '../../config/config.ts';
import { parseConfig } from '../../config/parse-config.ts';
import { changedPins } from '../../delivery/changed.ts';
import { TrunklineError } from '../../errors.ts';
import { git, runGit } from '../../git/git.ts';
import { type Json, readEventPayload, record } from '../../github/event-payload.ts';
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
      const { base, head } = await range(ports, options);
      const text = await show(ports.cwd, head, configPath);
      if (text === undefined) throw new TrunklineError('NOT_FOUND', `expected ${configPath} at ${head}, found none`);
      const { environments, services } = await changed(ports.cwd, parseConfig(configPath, text), base, head);
      setOutput(ports, 'environments', JSON.stringify(environments));
      setOutput(ports, 'services', JSON.stringify(services));
      appendSummary(
        ports,
        `- environments: ${environments.join(', ') || 'none'}\n- services: ${services.join(', ') || 'none'}`,
      );
      ports.stdout.write(
        options.json === true
          ? `${JSON.stringify({ base: base ?? null, head, environments, services }, undefined, 2)}\n`
          : `environments: ${environments.join(', ') || 'none'}\nservices: ${services.join(', ') || 'none'}\n`,
      );
    });
}

/** A first push, and one whose earlier commit is gone (force push, shallow clone), has no base: everything changed. */
async function range(ports: Ports, options: ChangedOptions): Promise<{ base: string | undefined; head: string }> {
  const cwd = ports.cwd;
  const head = await git(['rev-parse', '--verify', '--end-of-options', `${options.head ?? 'HEAD'}^{commit}`], { cwd });
  const named = options.base ?? baseOf(readEventPayload(ports.env)) ?? `${head}^1`;
  const { code, stdout } = await runGit(['rev-parse', '--verify', '--quiet', '--end-of-options', `${named}^{commit}`], {
    cwd,
    accept: [1, 128],
  });
  if (code === 0) return { base: stdout.toString().trim(), head };
  if (options.base === undefined) return { base: undefined, head };
  throw new TrunklineError('INPUT_INVALID', `expected a commit of this repository, found --base ${options.base}`, {
    hint: 'fetch the whole history: fetch-depth: 0',
  });
}

function baseOf(event: Json): string | undefined {
  const { before } = event;
  if (typeof before === 'string') return before;
  const { sha } = record(record(event['pull_request'])['base']);
  return typeof sha === 'string' ? sha : undefined;
}

async function changed(
  cwd: string,
  config: Config,
  base: string | undefined,
  head: string,
): Promise<{ environments: string[]; services: string[] }> {
  const pins = config.environments === undefined ? [] : await pinsBetween(cwd, config.environments, base, head);
  const environments = (config.environments?.environments ?? [])
    .map((one) => one.name)
    .filter((name) => pins.some((pin) => pin.environment === name));
  const paths = config.services === undefined ? [] : await pathsBetween(cwd, base, head);
  const touched = [...(config.services?.services.values() ?? [])].filter(
    ({ path }) =>
      base === undefined ||
      paths.some((one) => path === '.' || one === path || one.startsWith(`${path.replace(/\/$/, '')}/`)),
  );
  return {
    environments,
    services: [...new Set([...pins.map((pin) => pin.service), ...touched.map((one) => one.name)])],
  };
}

async function pinsBetween(
  cwd: string,
  config: EnvironmentsConfig,
  base: string | undefined,
  head: string,
): Promise<ReturnType<typeof changedPins>> {
  const before = base === undefined ? new Map<string, string>() : await texts(cwd, base, config);
  return changedPins(config, before, await texts(cwd, head, config));
}

async function texts(cwd: string, commit: string, config: EnvironmentsConfig): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const file of manifestFiles(config)) {
    const text = await show(cwd, commit, file);
    if (text !== undefined) found.set(file, text);
  }
  return found;
}

async function pathsBetween(cwd: string, base: string | undefined, head: string): Promise<readonly string[]> {
  if (base === undefined) return [];
  const out = await git(['diff', '--name-only', '-z', '--no-renames', '--end-of-options', base, head], { cwd });
  return out.split('\0').filter((path) => path !== '');
}

async function show(cwd: string, commit: string, file: string): Promise<string | undefined> {
  const { code, stdout } = await runGit(['show', '--end-of-options', `${commit}:${file}`], { cwd, accept: [128] });
  return code === 0 ? stdout.toString() : undefined;
}

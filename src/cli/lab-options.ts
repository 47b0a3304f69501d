import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { parse } from 'yaml';
import { TrunklineError } from '../errors.ts';
import { readRoles } from '../lab/aws/read-roles.ts';
import type { LabOptions } from '../lab/lab.ts';
import type { Ports } from '../ports.ts';
import { readServiceTable, type ServiceTable } from '../runner/services/configured-services.ts';
import { mirroredActions } from './mirrored-actions.ts';

export interface LabFlags {
  readonly port?: number;
  readonly allow: readonly string[];
  readonly allowHostRun?: true;
  readonly standInBuilds?: true;
  readonly actions?: string;
  readonly realActions?: true;
  readonly fetchActions?: true;
  readonly awsRoles?: string;
  readonly parallel?: number;
  readonly rateLimits?: true;
  readonly label: readonly string[];
  readonly services?: string;
}

/** The options of every command that opens a lab. */
export function addLabOptions(command: Command): Command {
  return command
    .optionsGroup('The lab:')
    .option('--port <number>', 'port of the lab on 127.0.0.1', whole)
    .option('--allow <host>', 'host that jobs may reach besides the lab and the package registries', collect, [])
    .option('--allow-host-run', 'let image builds run RUN on this machine')
    .option('--stand-in-builds', 'pack images without their base, even where a container engine answers')
    .option('--actions <folder>', 'published actions, as <folder>/owner/repo (or TRUNKLINE_ACTIONS)')
    .option('--real-actions', 'run the published code even of actions that are built in')
    .option('--fetch-actions', 'fetch actions that are nowhere else from github.com, and keep them')
    .option('--aws-roles <file>', 'JSON of AWS roles and their trust policies, which OIDC tokens are judged by')
    .option('--rate-limits', 'refuse requests beyond GitHub’s rate limits, primary and secondary')
    .option('--parallel <number>', 'jobs at once', whole)
    .option('--label <name>', 'label of runs-on that this machine takes besides ubuntu’s', collect, [])
    .option('--services <file>', 'table of programs that stand for services where no engine answers');
}

/** @throws INPUT_INVALID for a folder of actions that is not there */
export function labOptions(flags: LabFlags, ports: Ports): LabOptions {
  const actions = flags.actions ?? ports.env['TRUNKLINE_ACTIONS'];
  const folder = actions === undefined || actions === '' ? undefined : resolve(ports.cwd, actions);
  if (folder !== undefined && !existsSync(folder)) {
    throw new TrunklineError('INPUT_INVALID', `expected a folder of actions at ${folder}, found nothing`);
  }
  return {
    ...(folder === undefined ? {} : { actions: folder }),
    ports,
    allow: flags.allow,
    labels: flags.label,
    ...(flags.services === undefined ? {} : { services: serviceTable(resolve(ports.cwd, flags.services)) }),
    ...(flags.port === undefined ? {} : { port: flags.port }),
    ...(flags.allowHostRun === undefined ? {} : { allowHostRun: flags.allowHostRun }),
    ...(flags.standInBuilds === undefined ? {} : { standInBuilds: flags.standInBuilds }),
    ...(flags.realActions === undefined ? {} : { realActions: flags.realActions }),
    actionCache: join(
      ports.env['XDG_CACHE_HOME'] ?? join(ports.env['HOME'] ?? homedir(), '.cache'),
      'trunkline',
      'actions',
    ),
    ...(flags.fetchActions === undefined ? {} : { fetchActions: flags.fetchActions }),
    mirrors: mirroredActions([ports.cwd]),
    ...(flags.awsRoles === undefined ? {} : { awsRoles: readRoles(resolve(ports.cwd, flags.awsRoles)) }),
    ...(flags.parallel === undefined ? {} : { parallel: flags.parallel }),
    ...(flags.rateLimits === undefined ? {} : { rateLimits: true }),
  };
}

function serviceTable(file: string): ServiceTable {
  if (!existsSync(file))
    throw new TrunklineError('INPUT_INVALID', `expected a table of services at ${file}, found nothing`);
  return readServiceTable(parse(readFileSync(file, 'utf8')), file);
}

export function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

export function whole(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isInteger(value) && value >= 0 && value < 65_536) return value;
  throw new TrunklineError('INPUT_INVALID', `expected a whole number from 0 to 65535, found "${text}"`);
}

/** Resolves when the user asks to end. */
export function interruption(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

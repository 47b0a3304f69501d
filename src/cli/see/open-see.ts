import { Command } from 'commander';
import { configPath } from '../../config/config.ts';
import { parseConfig } from '../../config/parse-config.ts';
import { TrunklineError } from '../../errors.ts';
import type { GitHub } from '../../github/client.ts';
import type { Ports } from '../../ports.ts';
import { type Infra, openInfra } from '../../state/see/open-infra.ts';
import { readLocal } from '../read-local.ts';

/** Options of every command that only looks. */
export interface SeeOptions {
  readonly repository?: string;
  readonly offline?: boolean;
  readonly ref?: string;
  readonly json?: boolean;
}

export interface SeeSession {
  readonly infra: Infra;
  /** Absent offline, and without credentials. */
  readonly github: GitHub | undefined;
  readonly serverUrl: string;
}

export function seeCommand(name: string, summary: string, example: string): Command {
  return new Command(name)
    .description(summary)
    .option('--repository <owner/name>', 'the infra repository (by default the clone that this is run in)')
    .option('--offline', 'ask git only, not GitHub')
    .option('--ref <revision>', 'look at this commit or branch, not at the default branch')
    .option('--json', 'print for machines')
    .addHelpText('after', `\nExample:\n  $ ${example.replaceAll('\n', '\n  $ ')}`);
}

/**
 * Opens the infra repository for looking, hands it over and closes it again. GitHub is asked where there are
 * credentials, unless told not to.
 * @throws INPUT_INVALID, NOT_A_REPOSITORY, NOT_FOUND
 */
export async function withSee<T>(
  ports: Ports,
  options: SeeOptions,
  use: (session: SeeSession) => Promise<T>,
): Promise<T> {
  const serverUrl = ports.env['GITHUB_SERVER_URL'] ?? 'https://github.com';
  const repository = named(ports, options);
  const github = options.offline === true ? undefined : await connect(ports, repository);
  const infra = await openInfra({ cwd: ports.cwd, repository, revision: options.ref, github, serverUrl });
  try {
    return await use({ infra, github: infra.repository === undefined ? undefined : github, serverUrl });
  } finally {
    infra.close();
  }
}

/** A read-only client; undefined without credentials. Loaded only here: what looks at a clone does not wait for it. */
async function connect(ports: Ports, repository: string | undefined): Promise<GitHub | undefined> {
  const { deliveryCredentials, readCredentials } = await import('../../github/credentials.ts');
  const { env } = ports;
  const any = deliveryCredentials(env) ?? (env['GITHUB_TOKEN'] || env['GH_TOKEN'] ? readCredentials(env) : undefined);
  if (any === undefined) return undefined;
  const { clientFor, currentRepository } = await import('../delivery/session.ts');
  return clientFor(ports, repository ?? (await currentRepository(ports)) ?? '', true, any);
}

/** Named by an option, or by an application repository's trunkline.yaml; otherwise it is where we stand. */
function named(ports: Ports, options: SeeOptions): string | undefined {
  if (options.repository !== undefined) {
    if (/^[\w.-]+\/[\w.-]+$/.test(options.repository)) return options.repository;
    throw new TrunklineError('INPUT_INVALID', `expected --repository owner/name, found "${options.repository}"`);
  }
  const text = readLocal(ports.cwd);
  if (text === undefined) return undefined;
  try {
    const { services, environments } = parseConfig(configPath, text);
    return environments === undefined ? services?.infra : undefined;
  } catch (error) {
    // What is checked out may be half written; what counts is read from the main branch.
    if (error instanceof TrunklineError) return undefined;
    throw error;
  }
}

import { type Applied, type ApplyContext, carryOut } from '../../apply/apply-plan.ts';
import { createPace } from '../../apply/pace.ts';
import { configPath } from '../../config/config.ts';
import { parseConfig } from '../../config/parse-config.ts';
import type { Plan, Request } from '../../delivery/plan.ts';
import { TrunklineError } from '../../errors.ts';
import { git } from '../../git/git.ts';
import { createClient, type GitHub } from '../../github/client.ts';
import { type Credentials, readCredentials } from '../../github/credentials.ts';
import { appendSummary } from '../../github/job-outputs.ts';
import { readRun } from '../../github/run.ts';
import type { Ports } from '../../ports.ts';
import { readLocal } from '../read-local.ts';
import { renderPlan } from './render-plan.ts';

export { readLocal };

/** Options that every delivery command has. */
export interface CommonOptions {
  readonly repository?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
  /** Somebody waits for it in an emergency: it does not queue behind what automation has written. */
  readonly urgent?: boolean;
}

/** What a command works with. */
export interface Session {
  readonly github: GitHub;
  /** `owner/name` of the infra repository. */
  readonly repository: string;
  readonly localConfig: string | undefined;
  /** For reads, which tell what was written before. */
  readonly seen: (opened: readonly number[]) => void;
  readonly context: ApplyContext;
}

/** @throws INPUT_INVALID, CONFIG_INVALID */
export async function openSession(
  ports: Ports,
  options: CommonOptions,
  credentials: Credentials = readCredentials(ports.env),
): Promise<Session> {
  const localConfig = readLocal(ports.cwd);
  const repository = await infraRepository(ports, options, localConfig);
  const github = clientFor(ports, repository, options.dryRun === true, credentials);
  const hasEnvironments = localConfig !== undefined && parseConfig(configPath, localConfig).environments !== undefined;
  const context = contextFor(ports, github, repository, options.urgent);
  return {
    github,
    repository,
    localConfig: hasEnvironments ? localConfig : undefined,
    seen: context.pace.seen,
    context,
  };
}

/** What apply writes with. */
export function contextFor(ports: Ports, github: GitHub, repository: string, urgent = false): ApplyContext {
  const { clock, random, interrupted: signal } = ports;
  return {
    github,
    repository,
    clock,
    random,
    signal,
    pace: createPace(clock, signal, urgent ? 'urgent' : 'automation'),
  };
}

export function clientFor(ports: Ports, repository: string, readOnly: boolean, credentials: Credentials): GitHub {
  return createClient({
    apiUrl: ports.env['GITHUB_API_URL'] ?? 'https://api.github.com',
    credentials,
    ports,
    repository,
    readOnly,
  });
}

async function infraRepository(ports: Ports, options: CommonOptions, localConfig: string | undefined): Promise<string> {
  const named = options.repository;
  if (named !== undefined) {
    if (/^[\w.-]+\/[\w.-]+$/.test(named)) return named;
    throw new TrunklineError('INPUT_INVALID', `expected --repository owner/name, found "${named}"`);
  }
  const config = localConfig === undefined ? {} : parseConfig(configPath, localConfig);
  if (config.environments === undefined && config.services !== undefined) return config.services.infra;
  const here = await currentRepository(ports);
  if (here !== undefined) return here;
  throw new TrunklineError('INPUT_INVALID', 'expected to stand in the infra repository, or its name, found neither', {
    hint: 'add --repository owner/name',
  });
}

/** `owner/name` of the repository that the command stands in: as Actions says, else by its remote `origin`. */
export async function currentRepository(ports: Ports): Promise<string | undefined> {
  const { repository } = readRun(ports.env);
  if (repository !== undefined) return repository;
  try {
    const url = await git(['remote', 'get-url', 'origin'], { cwd: ports.cwd });
    return /[/:]([\w.-]+\/[\w.-]+?)(?:\.git)?\/?$/.exec(url)?.[1];
  } catch (error) {
    if (error instanceof TrunklineError && error.code === 'GIT_FAILED') return undefined;
    throw error;
  }
}

/**
 * Who asks: the run's actor; on a laptop, whoever the token belongs to.
 * A button pressed by an App is refused: only the doorbell may be rung by one.
 * @throws POLICY_REFUSED
 */
export async function readRequest(
  ports: Ports,
  github: GitHub,
  options: { readonly doorbell?: boolean } = {},
): Promise<Request> {
  const run = readRun(ports.env);
  if (run.actor === undefined) return { requester: await viewer(github) };
  const dispatched = run.event === 'workflow_dispatch' || run.event === 'repository_dispatch';
  if (options.doorbell !== true && dispatched && run.actor.endsWith('[bot]')) {
    throw new TrunklineError('POLICY_REFUSED', `expected a person to start this workflow, found ${run.actor}`, {
      hint: 'Apps may only ring the doorbell: trunkline ci receive',
    });
  }
  return { requester: run.actor, ...(run.runUrl === undefined ? {} : { run: run.runUrl }) };
}

/** The login that the credentials act as; an App's with `[bot]`. */
export async function viewer(github: GitHub): Promise<string> {
  const { viewer: found } = await github.query<{ viewer: { login: string } }>('query Viewer { viewer { login } }', {});
  return github.bot && !found.login.endsWith('[bot]') ? `${found.login}[bot]` : found.login;
}

/** Prints the plan on --dry-run; otherwise carries it out and prints what was done. */
export async function finish<P extends Plan>(
  ports: Ports,
  session: Session,
  options: CommonOptions,
  readAndPlan: () => Promise<P>,
): Promise<{ plan: P; applied: Applied | undefined }> {
  if (options.dryRun === true) {
    const plan = await readAndPlan();
    ports.stdout.write(
      options.json === true ? `${JSON.stringify({ dryRun: true, ...plan }, undefined, 2)}\n` : renderPlan(plan),
    );
    return { plan, applied: undefined };
  }
  const { plan, applied } = await carryOut(readAndPlan, session.context);
  if (options.json === true) {
    const pulls = [...applied.pulls].map(([branch, pull]) => ({ branch, ...pull }));
    ports.stdout.write(`${JSON.stringify({ reasons: plan.reasons, done: applied.done, pulls }, undefined, 2)}\n`);
  } else {
    const lines = [...plan.reasons, ...applied.done];
    ports.stdout.write(lines.map((line) => `${line}\n`).join(''));
  }
  appendSummary(ports, [...plan.reasons, ...applied.done].map((line) => `- ${line}`).join('\n'));
  return { plan, applied };
}

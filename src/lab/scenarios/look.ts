import type { Pin } from '../../manifest/pin.ts';
import { split } from './deeds.ts';
import type { Person } from './person.ts';
import type { World } from './world.ts';

export interface CheckSeen {
  readonly name: string;
  readonly conclusion: string | null;
  /** The App that reported it; what `integration_id` of a required check names. */
  readonly appId: number;
}

/** Check runs of a commit, the newest of each name and App, jobs that were skipped left out. */
export async function checksOf(person: Person, repository: string, sha: string): Promise<readonly CheckSeen[]> {
  const { data } = await person.api.rest.checks.listForRef({ ...split(repository), ref: sha, per_page: 100 });
  return data.check_runs
    .filter((run) => run.conclusion !== 'skipped')
    .map((run) => ({ name: run.name, conclusion: run.conclusion, appId: run.app?.id ?? 0 }));
}

export interface StatusSeen {
  readonly context: string;
  readonly state: string;
  readonly creator: string;
  readonly description: string;
}

/** The newest status of each context. */
export async function statusesOf(person: Person, repository: string, sha: string): Promise<readonly StatusSeen[]> {
  const { data } = await person.api.rest.repos.listCommitStatusesForRef({
    ...split(repository),
    ref: sha,
    per_page: 100,
  });
  const newest = new Map<string, StatusSeen>();
  for (const status of data) {
    if (newest.has(status.context)) continue;
    newest.set(status.context, {
      context: status.context,
      state: status.state,
      creator: status.creator?.login ?? '',
      description: status.description ?? '',
    });
  }
  return [...newest.values()];
}

export interface RunSeen {
  readonly id: number;
  readonly path: string;
  readonly name: string;
  readonly event: string;
  readonly headSha: string;
  readonly headBranch: string | null;
  readonly conclusion: string | null;
  /** ISO 8601 */
  readonly createdAt: string;
  readonly url: string;
}

export async function runsAfter(person: Person, repository: string, runId: number): Promise<readonly RunSeen[]> {
  const { data } = await person.api.rest.actions.listWorkflowRunsForRepo({ ...split(repository), per_page: 100 });
  return data.workflow_runs
    .filter((run) => run.id > runId)
    .map((run) => ({
      id: run.id,
      path: run.path.replace(/@.*$/, ''),
      name: run.name ?? run.path,
      event: run.event,
      headSha: run.head_sha,
      headBranch: run.head_branch,
      conclusion: run.conclusion,
      createdAt: run.created_at,
      url: run.html_url,
    }))
    .sort((a, b) => a.id - b.id);
}

export async function lastRunId(person: Person, repository: string): Promise<number> {
  return (await runsAfter(person, repository, 0)).at(-1)?.id ?? 0;
}

/** Deployments of a repository to an environment, newest first, with the state that was told last. */
export async function deploymentsTo(
  person: Person,
  repository: string,
  environment: string,
): Promise<readonly { id: number; sha: string; state: string; payload: Readonly<Record<string, unknown>> }[]> {
  const where = split(repository);
  const { data } = await person.api.rest.repos.listDeployments({ ...where, environment, per_page: 100 });
  return Promise.all(
    data.map(async (deployment) => {
      const id = Number(deployment.id);
      const statuses = await person.api.rest.repos.listDeploymentStatuses({ ...where, deployment_id: id });
      return {
        id,
        sha: deployment.sha,
        state: statuses.data[0]?.state ?? 'none',
        payload: readPayload(deployment.payload),
      };
    }),
  );
}

function readPayload(payload: unknown): Readonly<Record<string, unknown>> {
  if (typeof payload === 'object' && payload !== null) return payload as Record<string, unknown>;
  try {
    return typeof payload === 'string' ? readPayload(JSON.parse(payload)) : {};
  } catch {
    return {};
  }
}

export interface Answer {
  /** 0 when nobody answered. */
  readonly status: number;
  readonly text: string;
}

/** What the service's health URL answers, headers included, as somebody outside would see it. */
export async function askHealth(world: World, environment: string): Promise<Answer> {
  const url = world.pair.healthUrl(environment);
  if (url === undefined) return { status: 0, text: 'the configuration names no health URL' };
  try {
    const response = await world.github.fetch(url, { signal: AbortSignal.timeout(5_000) });
    const headers = [...response.headers].map(([name, value]) => `${name}: ${value}`).join('\n');
    return { status: response.status, text: `${await response.text()}\n${headers}` };
  } catch (error) {
    return { status: 0, text: error instanceof Error ? error.message : String(error) };
  }
}

/** What an environment pins on infra's default branch, or at a commit; undefined before its first release. */
export async function pinNow(world: World, environment: string, ref?: string): Promise<Pin | undefined> {
  const { pair } = world;
  return pair.readPin((await textNow(world, pair.manifestPath(environment), ref)) ?? '', environment);
}

/** A file of infra on its default branch, or at a commit. */
export async function textNow({ pair, people }: World, path: string, ref?: string): Promise<string | undefined> {
  const where = { ...split(pair.infra.fullName), path, ref: ref ?? pair.infra.branch };
  try {
    const { data } = await people.reviewer.api.rest.repos.getContent({ ...where, mediaType: { format: 'raw' } });
    return String(data);
  } catch (error) {
    if (error instanceof Error && 'status' in error && error.status === 404) return undefined;
    throw error;
  }
}

export async function digestNow(world: World, environment: string): Promise<string> {
  const pin = await pinNow(world, environment);
  return pin?.digest ?? pin?.text ?? 'nothing';
}

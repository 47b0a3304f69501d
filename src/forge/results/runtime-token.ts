import { createHash } from 'node:crypto';
import { signJwt, verifyJwt } from '../actions/jwt.ts';
import type { Forge } from '../forge.ts';
import type { JobRow, RunRow } from '../rows.ts';
import { TwirpError } from './twirp-error.ts';

/** GitHub's hosts for ACTIONS_RESULTS_URL and ACTIONS_RUNTIME_URL. */
export const resultsHost = 'results-receiver.actions.githubusercontent.com';
export const runtimeHost = 'pipelines.actions.githubusercontent.com';
const seconds = 6 * 60 * 60 + 3600;

/** The job that asks, from its runtime token. */
export interface RuntimeCaller {
  readonly run: RunRow;
  readonly job: JobRow;
}

/** What a job's actions reach artifacts and caches with: a JWT, of which clients read the ids in `scp`. */
export function runtimeGrant(
  forge: Forge,
  run: RunRow,
  job: JobRow,
): { readonly url: string; readonly resultsUrl: string; readonly token: string } {
  const ids = backendIds({ run, job });
  const token = signJwt(
    forge,
    {
      iss: 'https://token.actions.githubusercontent.com',
      aud: `${runtimeHost}`,
      scp: `Actions.GenericRead:00000000-0000-0000-0000-000000000000 Actions.Results:${ids.run}:${ids.job}`,
      // Scopes of the cache, as GitHub writes them: 3 reads and writes, 1 reads.
      ac: JSON.stringify(cacheScopes(forge, run).map((Scope, index) => ({ Scope, Permission: index === 0 ? 3 : 1 }))),
      repository_id: String(run.repositoryId),
      trunkline_job: job.id,
    },
    seconds,
  );
  return { url: `https://${runtimeHost}/`, resultsUrl: `https://${resultsHost}/`, token };
}

/** @throws TwirpError unauthenticated for forged and old tokens, and once the job is completed */
export function readRuntimeToken(forge: Forge, authorization: string | undefined): RuntimeCaller {
  const jwt = /^bearer\s+(\S+)$/i.exec(authorization ?? '')?.[1] ?? '';
  const claims = jwt.split('.').length === 3 ? verifyJwt(forge, jwt) : undefined;
  const isRuntime = typeof claims?.['scp'] === 'string';
  const job = isRuntime ? forge.store.jobs.get(Number(claims['trunkline_job'])) : undefined;
  const run = job === undefined ? undefined : forge.store.runs.get(job.runId);
  if (job === undefined || run === undefined || job.status === 'completed')
    throw new TwirpError('unauthenticated', 'token is invalid, expired, or of a job that is completed');
  return { run, job };
}

/** The names that clients know a run's attempt and its job by: UUIDs, as on GitHub. */
export function backendIds(caller: {
  readonly run: Pick<RunRow, 'id'>;
  readonly job: Pick<JobRow, 'id' | 'attempt'>;
}): { readonly run: string; readonly job: string } {
  return {
    run: uuid(`run ${caller.run.id} ${caller.job.attempt}`),
    job: uuid(`job ${caller.job.id}`),
  };
}

/**
 * Refs whose caches a run may read, its own first, which alone it writes to: the base branch for a pull request, and the
 * default branch (docs.github.com, "Dependency caching reference").
 */
export function cacheScopes(forge: Forge, run: RunRow): readonly string[] {
  const event = forge.store.events.get(run.eventId);
  const base = event?.baseRef === undefined || event.baseRef === '' ? [] : [`refs/heads/${event.baseRef}`];
  return [...new Set([run.ref, ...base, `refs/heads/${run.repository.defaultBranch}`])];
}

function uuid(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-');
}

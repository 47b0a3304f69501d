import { TrunklineError } from '../../errors.ts';
import {
  type Access,
  grantedByDefault,
  type Permissions,
  permissionScopes,
  undocumentedScopes,
} from '../../model/job-permissions.ts';
import type { GrantRequest, JobGrant } from '../../protocol/run.ts';
import type { Forge } from '../forge.ts';
import { runtimeGrant } from '../results/runtime-token.ts';
import type { JobRow, Repository } from '../rows.ts';
import { timestamp } from '../timestamp.ts';
import { createJobToken } from '../tokens.ts';
import { findEnvironment } from './environments.ts';
import { jobRow, runRow } from './find-run.ts';
import { forkSettings } from './fork-approval.ts';
import { idTokenRequest } from './id-token.ts';
import { scopedValues } from './scoped-values.ts';

/** GitHub's job tokens live a day at most, and end with their job. */
const tokenMs = 24 * 60 * 60 * 1000;

/** All that a job can be given: nothing of secrets, members or administration, whatever its workflow says. */
const grantable: ReadonlySet<string> = new Set([...permissionScopes, ...undocumentedScopes, 'metadata']);

/**
 * Mints a job's token and resolves what it may know. An environment's secrets only for a job that this environment
 * let in; a fork's pull request gets a reading token, no secrets and no id-token.
 * @throws PERMISSION_MISSING when the job is completed or names an environment that did not let it in
 */
export function grantJob(forge: Forge, request: GrantRequest): JobGrant {
  const job = jobRow(forge, request.jobId);
  const run = runRow(forge, job.runId);
  const repository = forge.store.repositories.get(job.repositoryId);
  if (repository === undefined || job.status === 'completed')
    throw new TrunklineError('PERMISSION_MISSING', `expected a job that may start, found job ${job.id} ${job.status}`);
  const entry = enteredEnvironment(forge, job, request.environment?.name);
  const fromFork = run.headRepositoryId !== repository.id && run.event !== 'pull_request_target';
  const settings = forkSettings(forge, repository);
  // Private repositories may trust their forks; public ones never do.
  const trusts = (what: boolean): boolean => !fromFork || (repository.private && what);
  const permissions = allowed(request.permissions, repository, !trusts(settings.writeTokens));
  const fork = !trusts(settings.secrets);
  return {
    token: createJobToken(forge, {
      jobId: job.id,
      repositoryId: repository.id,
      permissions,
      expiresAt: timestamp(forge, tokenMs),
    }),
    permissions,
    secrets: fork ? {} : scopedValues(forge, 'secrets', repository, entry?.environmentId),
    ...(fork || entry === undefined ? {} : { callerSecrets: scopedValues(forge, 'secrets', repository) }),
    variables: scopedValues(forge, 'variables', repository, entry?.environmentId),
    runtime: runtimeGrant(forge, run, job),
    ...(permissions['id-token'] === 'write' ? { idToken: idTokenRequest(forge, run, job, request) } : {}),
    ...(entry === undefined || entry.deploymentId === null ? {} : { deploymentId: entry.deploymentId }),
  };
}

function enteredEnvironment(
  forge: Forge,
  job: JobRow,
  name: string | undefined,
): { readonly environmentId: number; readonly deploymentId: number | null } | undefined {
  if (name === undefined) return undefined;
  const environment = findEnvironment(forge, job.repositoryId, name);
  const entry = forge.store.pendingDeployments
    .by('job', job.id)
    .find((one) => one.environmentId === environment?.id && one.state === 'entered');
  if (entry !== undefined) return entry;
  throw new TrunklineError(
    'PERMISSION_MISSING',
    `expected that environment "${name}" let job ${job.id} in, it has not`,
  );
}

function allowed(asked: Permissions | undefined, repository: Repository, fork: boolean): Permissions {
  const wanted = asked ?? grantedByDefault(repository.defaultWorkflowPermissions);
  const entries = Object.entries(wanted)
    .filter(([name]) => grantable.has(name))
    .map(([name, access]): [string, Access] => {
      if (!fork) return [name, access];
      return [name, name === 'id-token' || access === 'none' ? 'none' : 'read'];
    });
  return Object.fromEntries(entries.concat([['metadata', 'read']]).filter(([, access]) => access !== 'none'));
}

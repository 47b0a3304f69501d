import type { GrantRequest } from '../../protocol/run.ts';
import type { Forge } from '../forge.ts';
import { nodeId } from '../node-id.ts';
import type { JobRow, RunRow } from '../rows.ts';
import { timestamp } from '../timestamp.ts';
import { createJobToken } from '../tokens.ts';
import { type Claims, signJwt, verifyJwt } from './jwt.ts';
import { subjectOf } from './oidc-subject.ts';

/** As on github.com: what trust policies of clouds name. */
export const issuer = 'https://token.actions.githubusercontent.com';
const tokenSeconds = 300;
const requestSeconds = 6 * 60 * 60;

/** Where a job asks for its OIDC token, and the bearer token that says who it is; void once the job is completed. */
export function idTokenRequest(
  forge: Forge,
  run: RunRow,
  job: JobRow,
  request: GrantRequest,
): { readonly url: string; readonly token: string } {
  const claims = signJwt(forge, { ...jobClaims(forge, run, job, request), trunkline_job: job.id }, requestSeconds);
  const token = createJobToken(forge, {
    jobId: job.id,
    repositoryId: job.repositoryId,
    permissions: { 'id-token': 'write' },
    expiresAt: timestamp(forge, requestSeconds * 1000),
  });
  return { url: `${forge.urls.api}/actions/id-token?api-version=2.0&claims=${claims}`, token };
}

/** The claims that a request's URL carries; undefined where they are forged, stale or another job's. */
export function readClaims(forge: Forge, jwt: string, jobId: number | undefined): Claims | undefined {
  const claims = verifyJwt(forge, jwt);
  return jobId === undefined || claims?.['trunkline_job'] !== jobId ? undefined : claims;
}

/** The token for an audience; `requester` are the claims that `readClaims` took. */
export function mintIdToken(forge: Forge, requester: Claims, audience: string): string {
  const { trunkline_job: _job, exp: _exp, iat: _iat, nbf: _nbf, ...claims } = requester;
  return signJwt(forge, { ...claims, aud: audience, jti: jwtId(forge) }, tokenSeconds);
}

/** A UUID, as GitHub's are. */
function jwtId(forge: Forge): string {
  const hex = Buffer.from(forge.random(16)).toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** GitHub's claims (docs.github.com, "OpenID Connect reference"). */
function jobClaims(forge: Forge, run: RunRow, job: JobRow, request: GrantRequest): Claims {
  const { repository } = run;
  const environment = request.environment?.name;
  const event = forge.store.events.get(run.eventId);
  const owner = forge.store.accounts.get(repository.ownerId);
  const claims = {
    iss: issuer,
    ...(environment === undefined
      ? {}
      : { environment, environment_node_id: environmentNodeId(forge, job, environment) }),
    ref: run.ref,
    ref_type: run.ref.startsWith('refs/tags/') ? 'tag' : 'branch',
    ref_protected: String(event?.refProtected ?? false),
    sha: run.sha,
    repository: repository.fullName,
    repository_id: String(repository.id),
    repository_owner: repository.owner,
    repository_owner_id: String(repository.ownerId),
    repository_visibility: repository.private ? 'private' : 'public',
    run_id: String(run.id),
    run_number: String(run.number),
    run_attempt: String(job.attempt),
    actor: run.actor.login,
    actor_id: String(run.actor.id),
    workflow: run.workflowName,
    workflow_ref: `${repository.fullName}/${run.path}@${run.ref}`,
    workflow_sha: event?.workflowSha ?? run.sha,
    job_workflow_ref: request.jobWorkflowRef,
    job_workflow_sha: request.jobWorkflowSha ?? event?.workflowSha ?? run.sha,
    head_ref: event?.headRef ?? '',
    base_ref: event?.baseRef ?? '',
    event_name: run.event,
    runner_environment: 'github-hosted',
    check_run_id: String(job.id),
  };
  const row = forge.store.repositories.get(job.repositoryId);
  return { ...claims, sub: subjectOf(claims, row?.oidcSubject, owner?.oidcSubject) };
}

function environmentNodeId(forge: Forge, job: JobRow, name: string): string {
  const row = forge.store.environments
    .by('repository', job.repositoryId)
    .find((one) => one.name.toLowerCase() === name.toLowerCase());
  return nodeId('Environment', row?.id ?? 0);
}

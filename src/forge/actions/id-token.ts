import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { GrantRequest } from '../../protocol/run.ts';
import type { Forge } from '../forge.ts';
import type { JobRow, RunRow } from '../rows.ts';
import { timestamp } from '../timestamp.ts';
import { createJobToken } from '../tokens.ts';

/** As on github.com: what trust policies of clouds name. */
export const issuer = 'https://token.actions.githubusercontent.com';
const keyId = 'trunkline-lab';
const tokenSeconds = 300;
const requestSeconds = 6 * 60 * 60;

export type Claims = Readonly<Record<string, unknown>>;

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
  const [head = '', body = '', signature = ''] = jwt.split('.');
  const key = createPublicKey(signingKey(forge));
  if (!verify('RSA-SHA256', Buffer.from(`${head}.${body}`), key, Buffer.from(signature, 'base64url'))) return undefined;
  const claims = JSON.parse(Buffer.from(body, 'base64url').toString()) as Claims;
  const stale = Number(claims['exp']) * 1000 < forge.clock.now();
  return stale || jobId === undefined || claims['trunkline_job'] !== jobId ? undefined : claims;
}

/** The token for an audience; `requester` are the claims that `readClaims` took. */
export function mintIdToken(forge: Forge, requester: Claims, audience: string): string {
  const { trunkline_job: _job, exp: _exp, iat: _iat, nbf: _nbf, ...claims } = requester;
  return signJwt(forge, { ...claims, aud: audience, jti: Buffer.from(forge.random(16)).toString('hex') }, tokenSeconds);
}

/** The public key, as `/.well-known/jwks` shows it. */
export function jwks(forge: Forge): { readonly keys: readonly Claims[] } {
  const jwk = createPublicKey(signingKey(forge)).export({ format: 'jwk' });
  return { keys: [{ ...jwk, kid: keyId, alg: 'RS256', use: 'sig' }] };
}

/** GitHub's claims (docs.github.com, "OpenID Connect reference"). */
function jobClaims(forge: Forge, run: RunRow, job: JobRow, request: GrantRequest): Claims {
  const { repository } = run;
  const environment = request.environment?.name;
  const pull = run.event === 'pull_request';
  const context = environment !== undefined ? `environment:${environment}` : pull ? 'pull_request' : `ref:${run.ref}`;
  const event = forge.store.events.get(run.eventId);
  return {
    iss: issuer,
    sub: `repo:${repository.fullName}:${context}`,
    ...(environment === undefined ? {} : { environment }),
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
    head_ref: event?.headRef ?? '',
    base_ref: event?.baseRef ?? '',
    event_name: run.event,
    runner_environment: 'github-hosted',
  };
}

function signJwt(forge: Forge, claims: Claims, seconds: number): string {
  const now = Math.floor(forge.clock.now() / 1000);
  const body = { ...claims, iat: now, nbf: now, exp: now + seconds };
  const head = { alg: 'RS256', typ: 'JWT', kid: keyId };
  const text = [head, body].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  return `${text}.${sign('RSA-SHA256', Buffer.from(text), signingKey(forge)).toString('base64url')}`;
}

/** Made at the first use and kept beside the store, readable by its owner alone. */
export function signingKey(forge: Pick<Forge, 'folder'>): KeyObject {
  const path = join(forge.folder, 'id-token-key.pem');
  try {
    return createPrivateKey(readFileSync(path));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  writeFileSync(path, privateKey.export({ format: 'pem', type: 'pkcs8' }), { mode: 0o600, flag: 'wx' });
  return privateKey;
}

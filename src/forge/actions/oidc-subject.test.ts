import { createPublicKey, type JsonWebKey, verify } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { WorkflowEvent } from '../../protocol/event.ts';
import type { NewRun } from '../../protocol/run.ts';
import { openWorld, type World } from './testing/world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

type Claims = Readonly<Record<string, unknown>>;

/** The claims of a job's OIDC token, once its signature was checked with the published key. */
async function claimsOf(environment?: string, change: Partial<WorkflowEvent> = {}): Promise<Claims> {
  await world.push('main', { 'a.txt': String(Math.random()) });
  const event = { ...(await world.nextEvent('push')), ...change };
  world.running.forge.store.transaction(() =>
    world.running.forge.store.outbox.put({ id: event.id, command: { kind: 'event', event } }),
  );
  const run = await world.openRun(event, {} as Partial<NewRun>);
  const [job] = await world.running.runs.openJobs(run.id, [{ name: 'job', jobId: 'job', labels: [] }]);
  const jobId = job?.id ?? 0;
  if (environment !== undefined) {
    const entering = { name: environment, deployment: true };
    await world.running.runs.enterEnvironment(jobId, entering, new AbortController().signal);
  }
  const { idToken } = await world.running.runs.grant({
    jobId,
    permissions: { 'id-token': 'write' },
    jobWorkflowRef: 'acme/shared/.github/workflows/deploy.yml@refs/tags/v1',
    jobWorkflowSha: 'a'.repeat(40),
    ...(environment === undefined ? {} : { environment: { name: environment } }),
  });
  const path = `${idToken?.url.replace('https://api.github.com', '')}&audience=sts.amazonaws.com`;
  const answer = (await (await world.api('GET', path, idToken?.token)).json()) as { value: string };
  const [head = '', body = '', signature = ''] = answer.value.split('.');
  const { keys } = (await (await world.api('GET', '/.well-known/jwks', undefined)).json()) as { keys: JsonWebKey[] };
  const key = createPublicKey({ key: keys[0] ?? {}, format: 'jwk' });
  expect(verify('RSA-SHA256', Buffer.from(`${head}.${body}`), key, Buffer.from(signature, 'base64url'))).toBe(true);
  return JSON.parse(Buffer.from(body, 'base64url').toString()) as Claims;
}

const path = '/repos/acme/app/actions/oidc/customization/sub';
const put = async (body: object, at = path): Promise<number> =>
  (await world.api('PUT', at, world.tokens.carol, body)).status;

test('the subject is GitHub’s for a ref, an environment and a pull request, and every claim is there', async () => {
  const claims = await claimsOf();
  expect(claims).toMatchObject({
    sub: 'repo:acme/app:ref:refs/heads/main',
    aud: 'sts.amazonaws.com',
    iss: 'https://token.actions.githubusercontent.com',
    job_workflow_ref: 'acme/shared/.github/workflows/deploy.yml@refs/tags/v1',
    job_workflow_sha: 'a'.repeat(40),
    workflow_ref: 'acme/app/.github/workflows/ci.yml@refs/heads/main',
    repository_id: String(world.repository.id),
    repository_owner_id: String(world.repository.ownerId),
    runner_environment: 'github-hosted',
    run_attempt: '1',
    event_name: 'push',
  });
  const published = await (await world.api('GET', '/.well-known/openid-configuration', undefined)).json();
  const { claims_supported } = published as { claims_supported: string[] };
  expect(Object.keys(claims).filter((name) => !claims_supported.includes(name))).toEqual([]);
  expect(await claimsOf('eu:prod')).toMatchObject({
    sub: 'repo:acme/app:environment:eu%3Aprod',
    environment: 'eu:prod',
  });
  const pull = { name: 'pull_request', ref: 'refs/pull/1/merge', headRef: 'topic', baseRef: 'main' };
  expect(await claimsOf(undefined, pull)).toMatchObject({ sub: 'repo:acme/app:pull_request', head_ref: 'topic' });
});

test('a repository, or the organisation that it leaves it to, says what the subject is made of', async () => {
  const { ownerId, id } = world.repository;
  expect(await put({ use_default: true, use_immutable_subject: true })).toBe(201);
  expect((await claimsOf())['sub']).toBe(`repo:acme@${ownerId}/app@${id}:ref:refs/heads/main`);
  expect(await (await world.api('GET', path, world.tokens.bob)).json()).toEqual({
    use_default: true,
    use_immutable_subject: true,
    sub_claim_prefix: `repo:acme@${ownerId}/app@${id}`,
  });
  expect(await put({ use_default: false, include_claim_keys: ['repo', 'context', 'job_workflow_ref'] })).toBe(201);
  expect((await claimsOf('dev'))['sub']).toBe(
    'repo:acme/app:environment:dev:job_workflow_ref:acme/shared/.github/workflows/deploy.yml@refs/tags/v1',
  );
  world.running.admin.createUser('olga');
  world.running.admin.createOrganization('other', { admins: ['olga'] });
  const olga = world.running.admin.createToken('olga', { scopes: ['admin:org'] });
  const organization = '/orgs/other/actions/oidc/customization/sub';
  expect((await world.api('PUT', organization, olga, { include_claim_keys: ['repository_id'] })).status).toBe(201);
  expect(await (await world.api('GET', organization, olga)).json()).toEqual({ include_claim_keys: ['repository_id'] });
  expect((await world.api('PUT', organization, world.tokens.carol, { include_claim_keys: [] })).status).toBe(404);
  const { store } = world.running.forge;
  const acme = store.accounts.get(ownerId);
  if (acme === undefined) throw new Error('no acme');
  store.transaction(() =>
    store.accounts.put({ ...acme, oidcSubject: { claimKeys: ['repository_owner', 'event_name'] } }),
  );
  expect(await put({ use_default: false })).toBe(201);
  expect((await claimsOf())['sub']).toBe('repository_owner:acme:event_name:push');
  expect(await put({ use_default: true })).toBe(201);
  expect((await claimsOf())['sub']).toBe('repo:acme/app:ref:refs/heads/main');
  expect(await put({ use_default: false, include_claim_keys: ['nope'] })).toBe(422);
  expect(await put({})).toBe(422);
  expect((await world.api('PUT', path, world.tokens.bob, { use_default: true })).status).toBe(403);
});

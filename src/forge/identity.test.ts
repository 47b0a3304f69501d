import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Acme, openAcme, signJwt } from './testing/acme.ts';
import { expectWebhook } from './testing/expect-webhook.ts';
import { type Ask, octokitAsker } from './testing/octokit.ts';

// Organisations with their teams and roles, tokens that wait for approval, Apps that are suspended: and what each may.

let acme: Acme;
let ask: Ask;
let owner: string;
beforeAll(async () => {
  acme = await openAcme();
  ask = octokitAsker(acme);
  owner = acme.admin.createToken('carol', { scopes: ['repo', 'admin:org', 'admin:org_hook'] });
  // What it is told is looked at in its queue: nothing listens there.
  await ask('POST /orgs/{org}/hooks', { name: 'web', config: { url: 'http://nowhere.test' }, events: ['*'] }, owner);
});
afterAll(async () => {
  await acme.hooksIdle();
  for (const { event, payload } of acme.forge.store.hookDeliveries.values()) await expectWebhook(event, payload);
  expect(acme.faults).toEqual([]);
  await acme.remove();
});

const status = async (token: string | undefined, method: string, path: string, body?: unknown): Promise<number> =>
  (await acme.call(token, method, path, body)).status;
const person = (login: string, scopes?: readonly string[]): string => {
  acme.admin.createUser(login);
  return acme.admin.createToken(login, scopes === undefined ? {} : { scopes });
};
const write = (token: string, path: string) =>
  status(token, 'PUT', `/repos/acme/app/contents/${path}`, { message: 'x', content: '', branch: 'main' });

test('people come into an organisation and go; members have what it gives them all', async () => {
  const dora = person('dora');
  const username = 'dora';
  expect(await status(dora, 'GET', '/repos/acme/app')).toBe(404);
  await ask('PUT /orgs/{org}/memberships/{username}', { username, role: 'member' }, owner);
  expect(await status(dora, 'GET', '/repos/acme/app')).toBe(200);
  expect(await write(dora, 'dora.txt')).toBe(403);
  await ask('PATCH /orgs/{org}', { default_repository_permission: 'write' }, owner);
  expect(await write(dora, 'dora.txt')).toBe(201);
  await ask('PATCH /orgs/{org}', { default_repository_permission: 'none' }, owner);
  expect(await status(dora, 'GET', '/repos/acme/app')).toBe(404);
  await ask('PATCH /orgs/{org}', { default_repository_permission: 'read' }, owner);
  await acme.ask('alice', 'PUT', '/orgs/acme/memberships/dora', { role: 'admin' }, 403);
  await ask('DELETE /orgs/{org}/members/{username}', { username }, owner);
  await ask('PUT /orgs/{org}/memberships/{username}', { username }, owner);
  await ask('DELETE /orgs/{org}/memberships/{username}', { username }, owner);
  expect(await status(dora, 'GET', '/repos/acme/app')).toBe(404);
  await acme.ask(owner, 'DELETE', '/orgs/acme/members/carol', undefined, 403);
});

test('a role of the organisation reaches every repository, for a person and for a team', async () => {
  const erin = person('erin');
  await ask('PUT /orgs/{org}/memberships/{username}', { username: 'erin' }, owner);
  const { roles } = await ask('GET /orgs/{org}/organization-roles', {}, owner);
  const role_id = roles.find((one: { name: string }) => one.name === 'all_repo_write').id;
  await ask('GET /orgs/{org}/organization-roles/{role_id}', { role_id }, owner);
  await ask('PUT /orgs/{org}/organization-roles/users/{username}/{role_id}', { username: 'erin', role_id }, owner);
  expect(await write(erin, 'erin.txt')).toBe(201);
  expect(await ask('GET /orgs/{org}/organization-roles/{role_id}/users', { role_id }, owner)).toMatchObject([
    { login: 'erin', assignment: 'direct' },
  ]);
  await ask('DELETE /orgs/{org}/organization-roles/users/{username}/{role_id}', { username: 'erin', role_id }, owner);
  expect(await write(erin, 'erin-2.txt')).toBe(403);
  acme.admin.createTeam('acme', 'writers', ['erin']);
  const team = { team_slug: 'writers', role_id };
  await ask('PUT /orgs/{org}/organization-roles/teams/{team_slug}/{role_id}', team, owner);
  expect(await write(erin, 'erin-2.txt')).toBe(201);
  await ask('GET /orgs/{org}/organization-roles/{role_id}/teams', { role_id }, owner);
  await ask('DELETE /orgs/{org}/organization-roles/teams/{team_slug}/{role_id}', team, owner);
  await ask('DELETE /orgs/{org}/organization-roles/teams/{team_slug}', team, owner);
  await ask('DELETE /orgs/{org}/organization-roles/users/{username}', { username: 'erin' }, owner);
  await acme.ask('alice', 'PUT', `/orgs/acme/organization-roles/users/alice/${role_id}`, undefined, 403);
});

test('teams stand below teams and have what those have; their maintainers say who is in them', async () => {
  const parent = await ask(
    'POST /orgs/{org}/teams',
    { name: 'Engineering', privacy: 'closed', description: 'All' },
    owner,
  );
  const below = { name: 'Data', parent_team_id: parent.id, maintainers: ['alice'] };
  const child = await ask('POST /orgs/{org}/teams', below, owner);
  expect(child.parent).toMatchObject({ slug: 'engineering' });
  await ask(
    'PUT /orgs/{org}/teams/{team_slug}/repos/{owner}/{repo}',
    { team_slug: 'engineering', permission: 'push' },
    owner,
  );
  await ask('GET /orgs/{org}/teams/{team_slug}/repos', { team_slug: 'engineering' }, owner);
  expect(await ask('GET /orgs/{org}/teams/{team_slug}/teams', { team_slug: 'engineering' }, owner)).toHaveLength(1);
  const frank = person('frank', ['repo', 'read:org']);
  await ask('PUT /orgs/{org}/memberships/{username}', { username: 'frank' }, owner);
  expect(await write(frank, 'frank.txt')).toBe(403);
  const alice = acme.admin.createToken('alice', { scopes: ['repo', 'write:org'] });
  const at = { team_slug: 'data', username: 'frank' };
  await acme.ask(frank, 'PUT', '/orgs/acme/teams/data/memberships/frank', { role: 'maintainer' }, 403);
  expect(
    await ask('PUT /orgs/{org}/teams/{team_slug}/memberships/{username}', { ...at, role: 'member' }, alice),
  ).toMatchObject({ role: 'member' });
  expect(await write(frank, 'frank.txt')).toBe(201);
  const members = await ask('GET /orgs/{org}/teams/{team_slug}/members', { team_slug: 'engineering' }, owner);
  expect(members.map((one: { login: string }) => one.login).sort()).toEqual(['alice', 'carol', 'frank']);
  const maintains = { team_slug: 'data', username: 'alice' };
  expect(await ask('GET /orgs/{org}/teams/{team_slug}/memberships/{username}', maintains, owner)).toMatchObject({
    role: 'maintainer',
  });
  await ask('PATCH /orgs/{org}/teams/{team_slug}', { team_slug: 'data', name: 'Data and more' }, alice);
  await acme.ask(owner, 'GET', '/orgs/acme/teams/data', undefined, 404);
  await acme.ask(
    owner,
    'PATCH',
    '/orgs/acme/teams/engineering',
    { name: 'Engineering', parent_team_id: child.id },
    422,
  );
  await acme.ask(owner, 'PUT', '/orgs/acme/teams/data-and-more/memberships/github', {}, 422);
  await ask(
    'DELETE /orgs/{org}/teams/{team_slug}/memberships/{username}',
    { ...at, team_slug: 'data-and-more' },
    alice,
  );
  expect(await write(frank, 'frank-2.txt')).toBe(403);
  await ask('DELETE /orgs/{org}/teams/{team_slug}', { team_slug: 'engineering' }, owner);
  await acme.ask(owner, 'GET', '/orgs/acme/teams/data-and-more', undefined, 404);
});

test('a fine-grained token for an organisation that wants to be asked waits until an App approves it, and is revoked', async () => {
  acme.admin.createOrganization('careful', { admins: ['carol'], members: ['bob'], approvesTokens: true });
  await acme.ask('carol', 'POST', '/orgs/careful/repos', { name: 'vault', private: true }, 201);
  acme.admin.addCollaborator('careful/vault', 'bob', 'write');
  const options = { owner: 'careful', name: 'laptop', permissions: { contents: 'write' } } as const;
  const token = acme.admin.createToken('bob', options);
  expect(await status(token, 'GET', '/repos/careful/vault')).toBe(404);
  expect(await status(acme.admin.createToken('carol', options), 'GET', '/repos/careful/vault')).toBe(200);
  expect(await status(token, 'GET', '/repos/acme/app')).toBe(404);
  await acme.admin
    .createApp({
      slug: 'approver',
      owner: 'careful',
      permissions: {
        organization_personal_access_token_requests: 'write',
        organization_personal_access_tokens: 'write',
      },
    })
    .then(async ({ app, privateKey }) => {
      const { id } = acme.admin.installApp('approver', 'careful', 'all');
      const now = Math.floor(Date.now() / 1000);
      const jwt = signJwt(privateKey, { iat: now - 10, exp: now + 300, iss: app.id });
      const made = await acme.ask(jwt, 'POST', `/app/installations/${id}/access_tokens`, {}, 201);
      const at = { org: 'careful' };
      const requests = await ask('GET /orgs/{org}/personal-access-token-requests', at, made.token);
      expect(requests).toMatchObject([
        { owner: { login: 'bob' }, token_name: 'laptop', permissions: { repository: { contents: 'write' } } },
      ]);
      const one = { ...at, pat_request_id: requests[0].id };
      await ask('GET /orgs/{org}/personal-access-token-requests/{pat_request_id}/repositories', one, made.token);
      await ask(
        'POST /orgs/{org}/personal-access-token-requests/{pat_request_id}',
        { ...one, action: 'approve' },
        made.token,
      );
      expect(await status(token, 'GET', '/repos/careful/vault')).toBe(200);
      const [granted] = await ask('GET /orgs/{org}/personal-access-tokens', at, made.token);
      const pat = { ...at, pat_id: granted.id };
      await ask('GET /orgs/{org}/personal-access-tokens/{pat_id}/repositories', pat, made.token);
      await ask('POST /orgs/{org}/personal-access-tokens', { ...at, action: 'revoke', pat_ids: [] }, made.token);
      const mine = (await ask('GET /orgs/{org}/personal-access-tokens', at, made.token)).find(
        (each: { owner: { login: string } }) => each.owner.login === 'bob',
      );
      await ask(
        'POST /orgs/{org}/personal-access-tokens/{pat_id}',
        { ...pat, pat_id: mine.id, action: 'revoke' },
        made.token,
      );
      expect(await status(token, 'GET', '/repos/careful/vault')).toBe(404);
      const second = acme.admin.createToken('bob', options);
      await ask('POST /orgs/{org}/personal-access-token-requests', { ...at, action: 'deny' }, made.token);
      expect(await status(second, 'GET', '/repos/careful/vault')).toBe(404);
    });
  await acme.ask('carol', 'GET', '/orgs/careful/personal-access-token-requests', undefined, 403);
});

test('an installation that is suspended does nothing, and one that is deleted is gone', async () => {
  const app = await acme.makeApp('sleeper', { contents: 'write' });
  const at = { installation_id: app.installation };
  expect(await write(app.token, 'awake.txt')).toBe(201);
  await ask('PUT /app/installations/{installation_id}/suspended', at, app.jwt);
  expect(await write(app.token, 'asleep.txt')).toBe(403);
  const refused = await acme.ask(app.token, 'GET', '/repos/acme/app', undefined, 403);
  expect(refused.message).toBe('This installation has been suspended');
  await acme.ask(app.jwt, 'POST', `/app/installations/${app.installation}/access_tokens`, {}, 403);
  expect((await ask('GET /app/installations/{installation_id}', at, app.jwt)).suspended_at).not.toBeNull();
  await ask('DELETE /app/installations/{installation_id}/suspended', at, app.jwt);
  expect(await write(app.token, 'awake-again.txt')).toBe(201);
  expect((await ask('GET /orgs/{org}/installations', {}, owner)).total_count).toBe(1);
  await ask('DELETE /app/installations/{installation_id}', at, app.jwt);
  expect(await status(app.token, 'GET', '/repos/acme/app')).toBe(401);
});

test('401, 403 and 404 stand where GitHub has them', async () => {
  const mallory = person('mallory');
  const reader = acme.admin.createToken('alice', { scopes: [] });
  const narrow = acme.admin.createToken('alice', { permissions: { issues: 'read' } });
  for (const [token, method, path, wanted] of [
    [undefined, 'GET', '/user', 401],
    [undefined, 'GET', '/repos/acme/app', 404],
    [undefined, 'PUT', '/repos/acme/app/pulls/1/merge', 404],
    ['ghp_wrong', 'GET', '/rate_limit', 401],
    [mallory, 'GET', '/repos/acme/app', 404],
    [mallory, 'GET', '/orgs/acme/rulesets', 404],
    [mallory, 'GET', '/orgs/acme/teams/writers', 404],
    [reader, 'GET', '/repos/acme/app', 404],
    [narrow, 'GET', '/repos/acme/app', 200],
    [narrow, 'GET', '/repos/acme/app/pulls', 403],
    [narrow, 'GET', '/repos/acme/app/contents/README.md', 403],
    [narrow, 'POST', '/repos/acme/app/issues', 403],
    [acme.tokens.alice, 'PATCH', '/repos/acme/app', 403],
    [acme.tokens.alice, 'GET', '/repos/acme/app/hooks', 403],
    [acme.tokens.alice, 'GET', '/orgs/acme/rulesets', 403],
  ] as const)
    expect([path, await status(token, method, path, method === 'GET' ? undefined : {})]).toEqual([path, wanted]);
});

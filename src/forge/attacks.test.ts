import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { actionsAppId } from './forge.ts';
import { type Acme, checksRule, openAcme, pullRequestRule, signJwt } from './testing/acme.ts';
import { createJobToken } from './tokens.ts';

// Each of these is tried, and must fail.

let acme: Acme;
beforeAll(async () => {
  acme = await openAcme();
});
afterAll(async () => {
  expect(acme.faults).toEqual([]);
  await acme.remove();
});

const status = async (token: string | undefined, method: string, path: string, body?: unknown): Promise<number> =>
  (await acme.call(token, method, path, body)).status;

const jobToken = (permissions: Readonly<Record<string, 'read' | 'write'>>, repository = 'app'): string =>
  createJobToken(acme.forge, {
    jobId: 999,
    repositoryId: acme.repository(repository).id,
    permissions,
    expiresAt: new Date(Date.now() + 60_000).toISOString(),
  });

describe('identities', () => {
  test('tokens and JWTs that are expired, forged, unsigned or malformed are nobody', async () => {
    const app = await acme.makeApp('keys', { contents: 'read' });
    const now = Math.floor(Date.now() / 1000);
    const stranger = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
    }).privateKey;
    const claims = { iat: now - 10, exp: now + 60, iss: app.id };
    const none = (text: string): string => Buffer.from(text).toString('base64url');
    const bad = [
      signJwt(app.privateKey, { ...claims, exp: now - 1 }),
      signJwt(app.privateKey, { ...claims, exp: now + 3600 }),
      signJwt(app.privateKey, { ...claims, iat: now + 3600 }),
      signJwt(app.privateKey, { ...claims, iss: app.id + 1 }),
      signJwt(app.privateKey, { iat: now, iss: app.id }),
      signJwt(app.privateKey, { ...claims, iss: actionsAppId }),
      signJwt(app.privateKey, claims, 'none'),
      signJwt(app.privateKey, claims, 'HS256'),
      signJwt(stranger, claims),
      `${none('{"alg":"none"}')}.${none(JSON.stringify(claims))}.`,
      `${none('{"alg":"none"}')}.${none(JSON.stringify(claims))}.x`,
      'a.b.c',
      '..',
      'ghp_unknown',
      acme.admin.createToken('alice', { expiresAt: '2020-01-01T00:00:00Z' }),
    ];
    for (const token of bad)
      expect({ token, status: await status(token, 'GET', '/repos/acme/app') }).toMatchObject({ status: 401 });
    expect(await status(signJwt(app.privateKey, claims), 'GET', '/app')).toBe(200);
  });

  test('an App cannot take more than its installation has, nor another App’s installation', async () => {
    const app = await acme.makeApp('narrow', { contents: 'read' });
    const other = await acme.makeApp('other', { contents: 'write' });
    const path = `/app/installations/${app.installation}/access_tokens`;
    expect(await status(app.jwt, 'POST', path, { permissions: { contents: 'write' } })).toBe(422);
    expect(await status(app.jwt, 'POST', path, { permissions: { secrets: 'read' } })).toBe(422);
    expect(await status(app.jwt, 'POST', path, { repositories: ['elsewhere'] })).toBe(422);
    expect(await status(other.jwt, 'POST', path, {})).toBe(404);
    expect(await status(app.token, 'POST', path, {})).toBe(401);
    expect(await status(app.jwt, 'GET', '/repos/acme/app')).toBe(404);
  });

  test('a token for one repository does not know that another private one exists', async () => {
    await acme.ask('carol', 'POST', '/orgs/acme/repos', { name: 'infra', private: true }, 201);
    await acme.commit('carol', 'main', 'a.txt', 'a', 'acme/infra');
    const app = await acme.makeApp('one', { contents: 'write', pull_requests: 'write', actions: 'read' });
    const path = `/app/installations/${app.installation}/access_tokens`;
    const narrowed = (await acme.ask(app.jwt, 'POST', path, { repositories: ['app'] }, 201)).token;
    const fine = acme.admin.createToken('carol', {
      permissions: { contents: 'write', administration: 'write' },
      repositories: ['acme/app'],
    });
    const { node_id: id } = await acme.ask('carol', 'GET', '/repos/acme/infra', undefined, 200);
    for (const token of [narrowed, fine, jobToken({ contents: 'write', 'pull-requests': 'write' }), undefined]) {
      for (const rest of ['', '/contents/a.txt', '/pulls', '/git/ref/heads/main', '/environments', '/rulesets'])
        expect(await status(token, 'GET', `/repos/acme/infra${rest}`)).toBe(404);
      expect(await status(token, 'PUT', '/repos/acme/infra/contents/b.txt', { message: 'b', content: '' })).toBe(404);
      expect(await status(token, 'GET', `/repositories/${acme.repository('infra').id}`)).toBe(404);
      if (token === undefined) continue;
      const answer = await acme.graphql(
        token,
        'query($id: ID!) { repository(owner: "acme", name: "infra") { id } node(id: $id) { id } }',
        { id },
      );
      expect(answer.data).toEqual({ repository: null, node: null });
      expect(answer.errors?.map((one) => one.type)).toEqual(['NOT_FOUND', 'NOT_FOUND']);
    }
    expect(await status(narrowed, 'GET', '/repos/acme/app/contents/README.md')).toBe(200);
  });

  test('a job’s token does what its permissions say and nothing of organisations and secrets', async () => {
    const token = jobToken({ contents: 'read' });
    expect(await status(token, 'GET', '/repos/acme/app/contents/README.md')).toBe(200);
    acme.admin.createTeam('acme', 'platform', ['carol']);
    for (const [method, path, body] of [
      ['PUT', '/repos/acme/app/contents/x.txt', { message: 'x', content: '' }],
      ['GET', '/repos/acme/app/pulls', undefined],
      ['GET', '/repos/acme/app/issues', undefined],
      ['GET', '/repos/acme/app/deployments', undefined],
      ['GET', '/repos/acme/app/actions/runs', undefined],
      ['GET', '/repos/acme/app/actions/secrets', undefined],
      ['POST', '/repos/acme/app/rulesets', { name: 'x', enforcement: 'active' }],
      ['GET', '/orgs/acme/teams/platform/members', undefined],
      ['POST', '/repos/acme/app/dispatches', { event_type: 'x' }],
    ] as const)
      expect({ path, status: await status(token, method, path, body) }).toEqual({ path, status: 403 });
    expect(await status(undefined, 'GET', '/orgs/acme/teams')).toBe(401);
    acme.admin.createUser('mallory');
    expect(await status(acme.admin.createToken('mallory'), 'GET', '/orgs/acme/teams/platform/members')).toBe(404);
  });
});

test('no route writes for nobody, for a stranger, or for a job without permissions', async () => {
  acme.admin.createUser('eve');
  const { number, head } = await acme.pull('alice', 'everywhere');
  const issue = `/repos/acme/app/issues/${number}`;
  const comment = await acme.ask('alice', 'POST', `${issue}/comments`, { body: 'x' }, 201);
  const review = await acme.ask('bob', 'POST', `/repos/acme/app/pulls/${number}/reviews`, {
    event: 'COMMENT',
    body: 'x',
  });
  const deployment = { ref: 'main', required_contexts: [], environment: 'everywhere' };
  const deployed = await acme.ask('alice', 'POST', '/repos/acme/app/deployments', deployment, 201);
  const release = await acme.ask('alice', 'POST', '/repos/acme/app/releases', { tag_name: 'everywhere' }, 201);
  const values: Readonly<Record<string, string | number>> = {
    owner: 'acme',
    repo: 'app',
    org: 'acme',
    branch: 'everywhere',
    username: 'eve',
    environment: 'everywhere',
    number,
    comment: comment.id,
    review: review.id,
    deployment: deployed.id,
    release: release.id,
    sha: head,
  };
  // What most routes want, so that it is the permission that is missing.
  const body = {
    ...{ name: 'x', title: 'x', body: 'x', message: 'x', content: 'eA==', encoding: 'utf-8', color: 'ffffff' },
    ...{
      sha: head,
      head_sha: head,
      ref: 'refs/heads/x',
      head: 'everywhere',
      base: 'main',
      tag_name: 'x',
      labels: ['x'],
    },
    ...{
      state: 'success',
      context: 'x',
      status: 'completed',
      conclusion: 'success',
      event: 'COMMENT',
      event_type: 'x',
    },
    ...{ enabled: true, enforcement: 'active', permission: 'admin' },
  };
  const before = JSON.stringify([...acme.forge.store.repositories.values()]);
  const asked = new Set<string>();
  for (const { method, path } of acme.app.routes) {
    if (!['POST', 'PUT', 'PATCH', 'DELETE'].includes(method) || path === '/graphql') continue;
    const filled = path.replaceAll(/:(\w+)(?:\{[^}]*\})?/g, (_, name: string) => `${values[name] ?? 1}`);
    for (const who of [undefined, acme.admin.createToken('eve', { scopes: [] }), jobToken({})]) {
      const found = { method, path, status: await status(who, method, filled, method === 'DELETE' ? undefined : body) };
      expect(found).toEqual({ method, path, status: expect.toSatisfy((code: number) => code >= 400 && code < 500) });
    }
    asked.add(`${method} ${path}`);
  }
  expect(asked.size).toBeGreaterThan(80);
  expect(JSON.stringify([...acme.forge.store.repositories.values()])).toBe(before);
});

test('names that lead out of a folder lead nowhere', async () => {
  const secret = join(acme.forge.folder, 'secret.txt');
  mkdirSync(dirname(secret), { recursive: true });
  writeFileSync(secret, 'top secret');
  const up = ['..', '%2e%2e', '..%2f..%2f', '%2e%2e%2f%2e%2e%2f', '..%5c..', '%00', 'a%00b', '.git', '.git%2fconfig'];
  // A backslash is a letter like any other in git's paths.
  const written = up.filter((name) => !name.includes('%5c'));
  const ups = up.flatMap((name) => [
    ['GET', `/repos/${name}/app`],
    ['GET', `/repos/acme/${name}`],
    ['GET', `/repos/acme/app/contents/${name}`],
    ['GET', `/repos/acme/app/contents/${name}secret.txt`],
    ['GET', `/repos/acme/app/git/ref/${name}/config`],
    ['GET', `/repos/acme/app/git/ref/heads/${name}`],
    ['GET', `/repos/acme/app/commits/${name}`],
    ['GET', `/repos/acme/app/commits/--output=${name}`],
    ['GET', `/repos/acme/app/compare/${name}...main`],
    ['GET', `/repos/acme/app/compare/--output=x...main`],
    ['GET', `/repos/acme/app/git/trees/${name}`],
    ['GET', `/repos/acme/app/git/blobs/${name}`],
    ['GET', `/repos/acme/app/branches/${name}`],
    ['GET', `/repos/acme/app/actions/workflows/${name}`],
    ['GET', `/repos/acme/app/environments/${name}`],
    ['GET', `/repos/acme/app/tarball/${name}`],
    ['POST', '/repos/acme/app/git/refs', { ref: `refs/heads/${decodeURIComponent(name)}/x`, sha: acme.tip('main') }],
    ['POST', '/repos/acme/app/pulls', { title: 'x', head: `${decodeURIComponent(name)}`, base: 'main' }],
    ['POST', '/orgs/acme/repos', { name: decodeURIComponent(name) }],
  ]);
  const writes = written.map((name) => [
    'PUT',
    `/repos/acme/app/contents/${name}/x`,
    { message: 'x', content: 'eA==' },
  ]);
  for (const [method, path, body] of [...ups, ...writes]) {
    const response = await acme.call(acme.tokens.carol, String(method), String(path), body);
    const text = await response.text();
    expect(`${response.status} ${method} ${path} ${text}`).toMatch(/^4/);
    expect(text).not.toContain('top secret');
  }
});

describe('a protected main', () => {
  let app: Awaited<ReturnType<Acme['makeApp']>>;
  let forger: Awaited<ReturnType<Acme['makeApp']>>;
  beforeAll(async () => {
    app = await acme.makeApp('delivery', {
      contents: 'write',
      pull_requests: 'write',
      statuses: 'write',
      checks: 'write',
    });
    forger = await acme.makeApp('forger', {
      contents: 'write',
      pull_requests: 'write',
      statuses: 'write',
      checks: 'write',
    });
    await acme.ruleset([
      { type: 'deletion' },
      { type: 'non_fast_forward' },
      pullRequestRule({ dismiss_stale_reviews_on_push: true }),
      checksRule('trunkline / policy', app.id),
    ]);
  });

  const refusedMerge = async (token: string, number: number): Promise<string> =>
    (await acme.ask(token, 'PUT', `/repos/acme/app/pulls/${number}/merge`, {}, 405)).message;

  test('nobody writes to it past a pull request: contents, refs, force, deletion, commits by GraphQL', async () => {
    const main = acme.tip('main') ?? '';
    const made = await acme.commit('alice', 'direct', 'd.txt', 'd');
    for (const token of [acme.tokens.alice, acme.tokens.carol, app.token, jobToken({ contents: 'write' })]) {
      const content = { message: 'x', content: '', branch: 'main' };
      expect(await status(token, 'PUT', '/repos/acme/app/contents/x.txt', content)).toBe(409);
      expect(await status(token, 'PATCH', '/repos/acme/app/git/refs/heads/main', { sha: made })).toBe(422);
      expect(await status(token, 'PATCH', '/repos/acme/app/git/refs/heads/main', { sha: made, force: true })).toBe(422);
      expect(await status(token, 'DELETE', '/repos/acme/app/git/refs/heads/main')).toBe(422);
      expect(await status(token, 'POST', '/repos/acme/app/merges', { base: 'main', head: 'direct' })).toBeGreaterThan(
        400,
      );
      const answer = await acme.graphql(
        token,
        'mutation($o: GitObjectID!) { createCommitOnBranch(input: {branch: {repositoryNameWithOwner: "acme/app", branchName: "main"}, expectedHeadOid: $o, message: {headline: "x"}, fileChanges: {additions: [{path: "x", contents: ""}]}}) { commit { oid } } }',
        { o: main },
      );
      expect(answer.errors).toHaveLength(1);
    }
    expect(acme.tip('main')).toBe(main);
  });

  test('a status or check run of the right name counts from the right App alone', async () => {
    const { number, head } = await acme.pull('alice', 'forged');
    await acme.ask('bob', 'POST', `/repos/acme/app/pulls/${number}/reviews`, { event: 'APPROVE' }, 200);
    const said = { state: 'success', context: 'trunkline / policy' };
    const ran = { name: 'trunkline / policy', head_sha: head, conclusion: 'success' };
    const job = jobToken({ statuses: 'write', checks: 'write' });
    for (const token of [acme.tokens.alice, acme.tokens.carol, job, forger.token])
      await acme.ask(token, 'POST', `/repos/acme/app/statuses/${head}`, said, 201);
    for (const token of [job, forger.token]) await acme.ask(token, 'POST', '/repos/acme/app/check-runs', ran, 201);
    expect(await status(acme.tokens.alice, 'POST', '/repos/acme/app/check-runs', ran)).toBe(403);
    expect(await refusedMerge(acme.tokens.bob, number)).toContain(
      'Required status check "trunkline / policy" is expected.',
    );
    const genuine = await acme.ask(
      app.token,
      'POST',
      '/repos/acme/app/check-runs',
      { ...ran, conclusion: 'failure' },
      201,
    );
    expect(
      await status(forger.token, 'PATCH', `/repos/acme/app/check-runs/${genuine.id}`, { conclusion: 'success' }),
    ).toBe(403);
    expect(await refusedMerge(acme.tokens.bob, number)).toContain('is failing.');
    await acme.ask(app.token, 'PATCH', `/repos/acme/app/check-runs/${genuine.id}`, { conclusion: 'success' }, 200);
    await acme.ask('bob', 'PUT', `/repos/acme/app/pulls/${number}/merge`, {}, 200);
  });

  test('approvals of the author, of readers, of an earlier head and of a job do not count', async () => {
    const { number, head, id } = await acme.pull('alice', 'approvals');
    await acme.ask(
      app.token,
      'POST',
      `/repos/acme/app/statuses/${head}`,
      { state: 'success', context: 'trunkline / policy' },
      201,
    );
    const reviews = `/repos/acme/app/pulls/${number}/reviews`;
    expect((await acme.ask('alice', 'POST', reviews, { event: 'APPROVE' }, 422)).errors).toEqual([
      'Review Can not approve your own pull request',
    ]);
    const own = await acme.graphql(
      acme.tokens.alice,
      'mutation($p: ID!) { addPullRequestReview(input: {pullRequestId: $p, event: APPROVE}) { clientMutationId } }',
      { p: id },
    );
    expect(own.errors).toMatchObject([{ type: 'UNPROCESSABLE', message: 'Can not approve your own pull request' }]);
    await acme.ask(jobToken({ 'pull-requests': 'write' }), 'POST', reviews, { event: 'APPROVE' }, 422);
    acme.admin.createUser('reader');
    acme.admin.addCollaborator('acme/app', 'reader', 'read');
    await acme.ask(acme.admin.createToken('reader'), 'POST', reviews, { event: 'APPROVE' }, 200);
    expect(await refusedMerge(acme.tokens.alice, number)).toContain('At least 1 approving review is required');
    await acme.ask('bob', 'POST', reviews, { event: 'APPROVE' }, 200);
    const pushed = await acme.commit('alice', 'approvals', 'later.txt', 'later');
    await acme.ask(
      app.token,
      'POST',
      `/repos/acme/app/statuses/${pushed}`,
      { state: 'success', context: 'trunkline / policy' },
      201,
    );
    expect(await refusedMerge(acme.tokens.alice, number)).toContain('At least 1 approving review is required');
    expect((await acme.ask('bob', 'GET', reviews)).at(-1)).toMatchObject({ state: 'DISMISSED' });
    await acme.ask('bob', 'POST', reviews, { event: 'APPROVE', commit_id: 'f'.repeat(40) }, 422);
  });

  test('owners and administrators outside of the bypass list merge by the same rules', async () => {
    const { number, id } = await acme.pull('alice', 'admin');
    acme.admin.createUser('root', { siteAdmin: true });
    for (const token of [acme.tokens.carol, acme.admin.createToken('root'), app.token]) {
      expect(await refusedMerge(token, number)).toContain('Repository rule violations found');
      const answer = await acme.graphql(
        token,
        'mutation($p: ID!) { mergePullRequest(input: {pullRequestId: $p}) { clientMutationId } }',
        { p: id },
      );
      expect(answer.errors?.[0]?.message).toContain('At least 1 approving review is required');
    }
    for (const token of [acme.tokens.alice, app.token]) {
      expect(await status(token, 'POST', '/repos/acme/app/rulesets', { name: 'mine', enforcement: 'active' })).toBe(
        403,
      );
      for (const { id: ruleset } of await acme.ask('carol', 'GET', '/repos/acme/app/rulesets', undefined, 200))
        expect(await status(token, 'DELETE', `/repos/acme/app/rulesets/${ruleset}`)).toBe(403);
    }
  });
});

test('GraphQL answers a narrowed token nothing that REST refuses it', async () => {
  const { number, head, id } = await acme.pull('alice', 'narrow');
  await acme.ask('alice', 'POST', `/repos/acme/app/statuses/${head}`, { state: 'success', context: 'own' }, 201);
  const issue = await acme.ask('alice', 'POST', '/repos/acme/app/issues', { title: 'hidden issue' }, 201);
  const label = await acme.ask('alice', 'POST', '/repos/acme/app/labels', { name: 'hidden', color: 'ffffff' }, 201);
  const environment = await acme.ask('carol', 'PUT', '/repos/acme/app/environments/hidden', {}, 200);
  const body = { ref: 'main', required_contexts: [], environment: 'hidden' };
  const deployment = await acme.ask('alice', 'POST', '/repos/acme/app/deployments', body, 201);
  const job = jobToken({ checks: 'write' });
  const run = await acme.ask(job, 'POST', '/repos/acme/app/check-runs', { name: 'hidden run', head_sha: head }, 201);
  const comment = await acme.ask(
    'alice',
    'POST',
    `/repos/acme/app/issues/${issue.number}/comments`,
    { body: 'hidden words' },
    201,
  );
  const ids = [id, issue.node_id, label.node_id, environment.node_id, deployment.node_id, run.node_id, comment.node_id];
  const app = await acme.makeApp('metadata', { actions: 'write' });
  for (const token of [
    app.token,
    jobToken({ packages: 'read' }),
    acme.admin.createToken('carol', { kind: 'fine-grained' }),
  ]) {
    const ask = async (fields: string, variables: object = {}) =>
      acme.graphql(
        token,
        `query($ids: [ID!]! = []) { nodes(ids: $ids) { __typename id } repository(owner: "acme", name: "app") { id ${fields} } search(type: ISSUE, query: "repo:acme/app", first: 5) { issueCount } }`,
        variables,
      );
    const whole = await ask('', { ids });
    expect(whole.data?.['search']).toEqual({ issueCount: 0 });
    // An environment is read with `actions` too, which the App has.
    const readable =
      token === app.token ? [null, null, null, { id: environment.node_id }, null, null, null] : ids.map(() => null);
    expect(whole.data?.['nodes']).toMatchObject(readable);
    for (const fields of [
      `pullRequest(number: ${number}) { title }`,
      'pullRequests(first: 0) { totalCount }',
      `issue(number: ${issue.number}) { title }`,
      `issueOrPullRequest(number: ${number}) { __typename }`,
      'issues(first: 0) { totalCount }',
      'labels(first: 5) { totalCount }',
      'label(name: "hidden") { name }',
      'refs(refPrefix: "refs/heads/", first: 5) { nodes { name } }',
      'ref(qualifiedName: "refs/heads/main") { name }',
      'object(expression: "main:README.md") { ... on Blob { text } }',
      'defaultBranchRef { target { ... on Commit { message } } }',
      'deployments(first: 5) { totalCount }',
    ])
      expect({ fields, errors: (await ask(fields)).errors }).toMatchObject({ errors: [{ type: 'FORBIDDEN' }] });
  }
  const reads = await acme.makeApp('contents', { contents: 'read', pull_requests: 'read' });
  const seen = await acme.graphql(
    reads.token,
    `{ repository(owner: "acme", name: "app") { pullRequest(number: ${number}) { title commits(last: 1) { nodes { commit { oid statusCheckRollup { state } checkSuites(first: 1) { totalCount } status { state } } } } } } }`,
  );
  expect(seen.errors?.map((one) => one.type)).toEqual(['FORBIDDEN', 'FORBIDDEN', 'FORBIDDEN']);
  expect(JSON.stringify(seen.data)).toContain(head);
});

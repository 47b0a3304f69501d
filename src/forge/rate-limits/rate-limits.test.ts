import { parse } from 'graphql';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { githubSchema } from '../graphql/schema.ts';
import { type Acme, openAcme } from '../testing/acme.ts';
import { createJobToken } from '../tokens.ts';
import { queryCost } from './query-cost.ts';

let ahead = 0;
let acme: Acme;
beforeAll(async () => {
  const clock = {
    now: () => Date.now() + ahead,
    sleep: (ms: number) => new Promise<void>((done) => setTimeout(done, ms)),
  };
  acme = await openAcme({ rateLimits: true, clock });
});
afterAll(async () => {
  expect(acme.faults).toEqual([]);
  await acme.remove();
});
// Every test has hours of its own.
beforeEach(() => {
  ahead += 3 * 60 * 60 * 1000;
});

const repository = '/repos/acme/app';
const get = (token: string | undefined, path = repository) => acme.call(token, 'GET', path);
const number = (response: Response, name: string): number => Number(response.headers.get(name));

test('headers count down; asking for the limits costs nothing; an hour later all is new', async () => {
  const first = await get(acme.tokens.bob);
  expect([number(first, 'x-ratelimit-limit'), number(first, 'x-ratelimit-remaining')]).toEqual([5000, 4999]);
  await acme.ask('bob', 'GET', '/rate_limit', undefined, 200);
  const second = await get(acme.tokens.bob);
  expect(number(second, 'x-ratelimit-used')).toBe(2);
  expect(second.headers.get('x-ratelimit-resource')).toBe('core');
  const found = await acme.call(acme.tokens.bob, 'GET', '/search/issues?q=x');
  expect([found.headers.get('x-ratelimit-resource'), number(found, 'x-ratelimit-limit')]).toEqual(['search', 30]);
  ahead += 60 * 60 * 1000;
  expect(number(await get(acme.tokens.bob), 'x-ratelimit-used')).toBe(1);
});

test('what has not changed is answered 304 and costs those nothing who say who they are', async () => {
  const again = async (token: string | undefined, tag: string, path = repository) => {
    const headers = { ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), 'if-none-match': tag };
    return acme.app.request(`https://api.github.com${path}`, { headers });
  };
  const first = await get(acme.tokens.bob);
  const tag = first.headers.get('etag') ?? '';
  expect(tag).toMatch(/^W\/"[0-9a-f]{64}"$/);
  const same = await again(acme.tokens.bob, tag);
  expect([same.status, await same.text(), same.headers.get('etag')]).toEqual([304, '', tag]);
  expect(number(same, 'x-ratelimit-used')).toBe(1);
  expect((await again(acme.tokens.bob, `"other", ${tag.replace('W/', '')}`)).status).toBe(304);
  await acme.ask('carol', 'PATCH', repository, { description: 'New' }, 200);
  const changed = await again(acme.tokens.bob, tag);
  expect([changed.status, number(changed, 'x-ratelimit-used')]).toEqual([200, 2]);
  expect(await changed.json()).toMatchObject({ description: 'New' });
  const meta = (await get(undefined, '/meta')).headers.get('etag') ?? '';
  const nobody = await again(undefined, meta, '/meta');
  expect([nobody.status, number(nobody, 'x-ratelimit-used')]).toEqual([304, 2]);
});

test('beyond the hour’s limit nothing is done; jobs of a repository have a limit of their own', async () => {
  for (let at = 0; at < 60; at += 1) await get(undefined, '/meta');
  const refused = await acme.ask(undefined, 'GET', '/meta', undefined, 403);
  expect(refused.message).toMatch(/^API rate limit exceeded for 127\.0\.0\.1\./);
  const job = createJobToken(acme.forge, {
    jobId: 7,
    repositoryId: acme.repository().id,
    permissions: { contents: 'write' },
    expiresAt: new Date(Date.now() + ahead + 60_000).toISOString(),
  });
  expect(number(await get(job), 'x-ratelimit-limit')).toBe(1000);
});

test('content is made eighty times a minute and no more; the answer says how long to wait', async () => {
  const make = () => acme.call(acme.tokens.alice, 'POST', `${repository}/issues`, { title: 'x' });
  for (let at = 0; at < 80; at += 1) expect((await make()).status).toBe(201);
  const issues = acme.forge.store.issues.size;
  const refused = await make();
  expect([refused.status, Number(refused.headers.get('retry-after')) > 0]).toEqual([403, true]);
  expect(await refused.json()).toMatchObject({ message: expect.stringContaining('secondary rate limit') });
  expect(acme.forge.store.issues.size).toBe(issues);
  expect((await get(acme.tokens.alice)).status).toBe(200);
  const graphql = await acme.call(acme.tokens.alice, 'POST', '/graphql', {
    query: 'mutation { addComment(input: { subjectId: "x", body: "x" }) { subject { id } } }',
  });
  expect(graphql.status).toBe(403);
  ahead += 60 * 1000;
  expect((await make()).status).toBe(201);
});

test('one endpoint takes nine hundred points a minute, a writing request costing five', async () => {
  for (let at = 0; at < 180; at += 1) await acme.call(acme.tokens.carol, 'DELETE', `${repository}/labels/none`);
  expect((await acme.call(acme.tokens.carol, 'DELETE', `${repository}/labels/none`)).status).toBe(403);
  expect((await get(acme.tokens.carol)).status).toBe(200);
});

test('no more than a hundred requests of somebody are under way at once', async () => {
  const answers = await Promise.all(
    Array.from({ length: 130 }, (_, at) => acme.call(acme.tokens.bob, 'GET', `${repository}/commits?page=${at + 1}`)),
  );
  const refused = answers.filter((one) => one.status === 403);
  expect(refused.length).toBeGreaterThan(0);
  expect(answers.length - refused.length).toBeGreaterThanOrEqual(100);
});

test('a query costs what its connections take', async () => {
  const cost = (query: string, variables: object = {}) => {
    const document = parse(query);
    const [operation] = document.definitions;
    if (operation?.kind !== 'OperationDefinition') throw new Error('no operation');
    return queryCost(githubSchema(), document, operation, { ...variables });
  };
  expect(cost('{ viewer { login } }')).toEqual({ points: 1, nodes: 0 });
  // The example of docs.github.com.
  expect(
    cost(
      `query($n: Int!) { viewer { repositories(first: $n) { edges { repository: node { name
      issues(first: 50) { totalCount edges { node { title labels(first: 60) { edges { node { name } } } } } } } } } } }`,
      { n: 100 },
    ),
  ).toEqual({ points: 51, nodes: 305_100 });
  // `gh pr view` asks for the reactions on comments of thirty pull requests: without a page they are only counted.
  const counted = `{ viewer { pullRequests(first: 30) { nodes {
    comments(first: 100) { nodes { reactionGroups { users { totalCount } } } } } } } }`;
  expect(cost(counted)).toEqual({ points: 1, nodes: 3_030 });
  const shown = await acme.graphql(
    acme.tokens.bob,
    '{ rateLimit { limit cost remaining used nodeCount resetAt } viewer { login } }',
  );
  expect(shown.data).toMatchObject({ rateLimit: { limit: 5000, cost: 1, remaining: 4999, used: 1, nodeCount: 0 } });
  const many = `{ organization(login: "acme") { teams(first: 100) { nodes { members(first: 100) { nodes { organizations(first: 100) { totalCount } } } } } } }`;
  expect((await acme.graphql(acme.tokens.bob, many)).errors?.[0]?.message).toContain(
    'exceeds the maximum limit of 500,000',
  );
});

test('requests are counted by who asks and what for, and can be read', async () => {
  acme.requests.reset();
  await get(acme.tokens.bob);
  await acme.graphql(acme.tokens.bob, '{ viewer { login } }');
  const { requests } = (await (await acme.call(acme.tokens.carol, 'GET', '/_lab/requests')).json()) as {
    requests: object[];
  };
  expect(requests).toContainEqual({
    who: 'bob',
    kind: 'rest',
    method: 'GET',
    route: '/repos/:owner/:repo',
    mutating: false,
    count: 1,
  });
  expect(requests).toContainEqual({
    who: 'bob',
    kind: 'graphql',
    method: 'POST',
    route: '/graphql',
    mutating: false,
    count: 1,
  });
  expect((await acme.call(undefined, 'GET', '/_lab/requests')).status).toBe(401);
});

test('a token is told what it needed, and when it ends', async () => {
  const fine = acme.admin.createToken('alice', {
    permissions: { contents: 'read' },
    expiresAt: '2099-01-02T03:04:05Z',
  });
  const read = await acme.call(fine, 'GET', `${repository}/contents/README.md`);
  expect(read.headers.get('x-accepted-github-permissions')).toBe('contents=read');
  expect(read.headers.get('github-authentication-token-expiration')).toBe('2099-01-02 03:04:05 UTC');
  const refused = await acme.call(fine, 'PUT', `${repository}/contents/x`, { message: 'x', content: '' });
  expect([refused.status, refused.headers.get('x-accepted-github-permissions')]).toEqual([403, 'contents=write']);
  const classic = await get(acme.tokens.alice);
  expect(classic.headers.get('x-oauth-scopes')).toBe('repo, read:org, workflow');
  expect(classic.headers.get('x-accepted-oauth-scopes')).toBe('repo');
});

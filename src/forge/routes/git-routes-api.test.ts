import { afterEach, beforeEach, expect, test } from 'vitest';
import { openSmallForge, type SmallForge } from '../git/testing/small-forge.ts';
import { branchesRoutes } from './branches.ts';
import { commitsRoutes } from './commits.ts';
import { compareRoutes } from './compare.ts';
import { contentsRoutes } from './contents.ts';
import { gitDataRoutes } from './git-data.ts';
import { rulesetsRoutes } from './rulesets.ts';

let small: SmallForge;
beforeEach(async () => {
  small = await openSmallForge([
    branchesRoutes,
    commitsRoutes,
    compareRoutes,
    contentsRoutes,
    gitDataRoutes,
    rulesetsRoutes,
  ]);
});
afterEach(() => small.close());

const repo = '/repos/acme/app';
const base64 = (text: string): string => Buffer.from(text).toString('base64');

async function put(path: string, text: string, more: object = {}): Promise<string> {
  const answer = await small.api('PUT', `${repo}/contents/${path}`, {
    message: `write ${path}`,
    content: base64(text),
    ...more,
  });
  expect(answer.status).toBeLessThan(300);
  return answer.body['commit']?.['sha'] ?? '';
}

test('files are written, read, replaced and deleted', async () => {
  expect(await small.api('GET', `${repo}/contents/a.txt`)).toMatchObject({ status: 404 });
  expect(await small.api('GET', `${repo}/commits`)).toMatchObject({ status: 409 });
  await put('envs/dev.json', '{}');
  const read = await small.api('GET', `${repo}/contents/envs/dev.json`);
  expect(read.body).toMatchObject({
    type: 'file',
    path: 'envs/dev.json',
    size: 2,
    encoding: 'base64',
    content: 'e30=\n',
  });
  const change = { message: 'again', content: base64('{"a":1}') };
  expect((await small.api('PUT', `${repo}/contents/envs/dev.json`, change)).status).toBe(422);
  const wrong = { ...change, sha: '1'.repeat(40) };
  expect(await small.api('PUT', `${repo}/contents/envs/dev.json`, wrong)).toMatchObject({
    status: 409,
    body: { message: `envs/dev.json does not match ${'1'.repeat(40)}` },
  });
  const sha = read.body['sha'];
  expect(await small.api('PUT', `${repo}/contents/envs/dev.json`, { ...change, sha })).toMatchObject({ status: 200 });
  expect((await small.api('GET', `${repo}/contents/envs`)).body).toMatchObject([{ name: 'dev.json', type: 'file' }]);
  expect((await small.api('PUT', `${repo}/contents/.git/config`, change)).status).toBe(422);
  const now = await small.api('GET', `${repo}/contents/envs/dev.json`);
  const gone = await small.api('DELETE', `${repo}/contents/envs/dev.json`, { message: 'rm', sha: now.body['sha'] });
  expect(gone).toMatchObject({ status: 200, body: { content: null } });
  expect((await small.api('GET', `${repo}/contents/envs/dev.json`)).status).toBe(404);
});

test('refs are made, moved and deleted, with the refusals of GitHub', async () => {
  const first = await put('a.txt', 'a');
  const second = await put('b.txt', 'b');
  const refs = `${repo}/git/refs`;
  const made = await small.api('POST', refs, { ref: 'refs/heads/hotfixes/x', sha: first });
  expect(made).toMatchObject({
    status: 201,
    body: { ref: 'refs/heads/hotfixes/x', object: { sha: first, type: 'commit' } },
  });
  const refused = async (method: string, path: string, body: object, message: string): Promise<void> =>
    expect(await small.api(method, path, body)).toMatchObject({ status: 422, body: { message } });
  await refused('POST', refs, { ref: 'refs/heads/hotfixes/x', sha: first }, 'Reference already exists');
  await refused('POST', refs, { ref: 'refs/heads/y', sha: '1'.repeat(40) }, 'Object does not exist');
  await refused('POST', refs, { ref: 'heads/y', sha: first }, 'Reference name is not valid');
  await refused('POST', refs, { ref: 'refs/pull/1/head', sha: first }, 'Reference name is not valid');
  await refused('PATCH', `${refs}/heads/none`, { sha: first }, 'Reference does not exist');
  expect((await small.api('PATCH', `${refs}/heads/hotfixes/x`, { sha: second })).status).toBe(200);
  await refused('PATCH', `${refs}/heads/hotfixes/x`, { sha: first }, 'Update is not a fast forward');
  expect((await small.api('PATCH', `${refs}/heads/hotfixes/x`, { sha: first, force: true })).status).toBe(200);
  expect((await small.api('GET', `${repo}/git/ref/heads/hotfixes/x`)).body).toMatchObject({ object: { sha: first } });
  expect((await small.api('GET', `${repo}/git/matching-refs/heads/hot`)).body).toMatchObject([
    { ref: 'refs/heads/hotfixes/x' },
  ]);
  expect((await small.api('DELETE', `${refs}/heads/hotfixes/x`)).status).toBe(204);
  expect((await small.api('GET', `${repo}/git/ref/heads/hotfixes/x`)).status).toBe(404);
  expect((await small.api('POST', refs, { ref: 'refs/heads/z', sha: first }, 'eve')).status).toBe(404);
});

test('a commit is built from blob and tree, and compared', async () => {
  const base = await put('a.txt', 'a\n');
  const tree = await small.api('POST', `${repo}/git/trees`, {
    base_tree: base,
    tree: [
      { path: 'dir/b.txt', mode: '100644', type: 'blob', content: 'b\n' },
      { path: 'a.txt', mode: '100644', type: 'blob', sha: null },
    ],
  });
  expect(tree).toMatchObject({ status: 201, body: { tree: [{ path: 'dir', type: 'tree' }] } });
  const commit = await small.api('POST', `${repo}/git/commits`, {
    message: 'two lines\n\nbody',
    tree: tree.body['sha'],
    parents: [base],
    author: { name: 'A', email: 'a@acme.test', date: '2026-02-03T04:05:06Z' },
  });
  expect(commit).toMatchObject({
    status: 201,
    body: { message: 'two lines\n\nbody', author: { date: '2026-02-03T04:05:06Z' } },
  });
  const sha: string = commit.body['sha'] ?? '';
  await small.api('POST', `${repo}/git/refs`, { ref: 'refs/heads/feature/x', sha });
  const compare = await small.api('GET', `${repo}/compare/main...feature/x`);
  expect(compare.body).toMatchObject({
    status: 'ahead',
    ahead_by: 1,
    behind_by: 0,
    total_commits: 1,
    files: [
      { filename: 'a.txt', status: 'removed', deletions: 1, patch: '@@ -1 +0,0 @@\n-a' },
      { filename: 'dir/b.txt', status: 'added', additions: 1 },
    ],
  });
  expect((await small.api('GET', `${repo}/compare/feature%2Fx...main`)).body).toMatchObject({ status: 'behind' });
  expect((await small.api('GET', `${repo}/commits/${sha}`)).body).toMatchObject({
    stats: { total: 2 },
    parents: [{ sha: base }],
  });
  expect((await small.api('GET', `${repo}/commits?sha=feature/x`)).body).toMatchObject([{ sha }, { sha: base }]);
  expect((await small.api('GET', `${repo}/commits/${sha}/pulls`)).body).toEqual([]);
  expect((await small.api('GET', `${repo}/branches/feature/x`)).body).toMatchObject({
    name: 'feature/x',
    protected: false,
  });
  expect(await small.api('GET', `${repo}/branches/feature/x/protection`)).toMatchObject({
    status: 404,
    body: { message: 'Branch not protected' },
  });
});

test('rulesets are made, read, changed and deleted, and judge every way a ref can move', async () => {
  const sha = await put('a.txt', 'a');
  const body = {
    name: 'main',
    target: 'branch',
    enforcement: 'active',
    conditions: { ref_name: { include: ['~DEFAULT_BRANCH'], exclude: [] } },
    rules: [{ type: 'deletion' }, { type: 'update' }],
  };
  const made = await small.api('POST', `${repo}/rulesets`, body);
  expect(made).toMatchObject({
    status: 201,
    body: { source: 'acme/app', source_type: 'Repository', bypass_actors: [] },
  });
  const id = String(made.body['id']);
  expect((await small.api('POST', `${repo}/rulesets`, body)).status).toBe(422);
  expect((await small.api('POST', `${repo}/rulesets`, { ...body, name: 'x' }, 'bob')).status).toBe(403);
  const unknown = { ...body, name: 'x', rules: [{ type: 'merge_queue' }] };
  expect((await small.api('POST', `${repo}/rulesets`, unknown)).status).toBe(422);
  const bare = { ...body, name: 'x', rules: [{ type: 'pull_request', parameters: {} }] };
  expect((await small.api('POST', `${repo}/rulesets`, bare)).status).toBe(422);
  expect((await small.api('GET', `${repo}/rules/branches/main`)).body).toMatchObject([
    { type: 'deletion' },
    { type: 'update' },
  ]);
  expect((await small.api('GET', `${repo}/branches`)).body).toMatchObject([{ name: 'main', protected: true }]);
  const message = 'Repository rule violations found\n\nCannot update this protected ref.\n\n';
  const file = { message: 'x', content: base64('b') };
  expect(await small.api('PUT', `${repo}/contents/b.txt`, file)).toMatchObject({ status: 409, body: { message } });
  const ref = `${repo}/git/refs/heads/main`;
  const tree = await small.api('GET', `${repo}/git/commits/${sha}`);
  const next = await small.api('POST', `${repo}/git/commits`, {
    message: 'next',
    tree: tree.body['tree']?.['sha'],
    parents: [sha],
  });
  expect(await small.api('PATCH', ref, { sha: next.body['sha'] })).toMatchObject({ status: 422, body: { message } });
  const changed = await small.api('PUT', `${repo}/rulesets/${id}`, { enforcement: 'disabled' });
  expect(changed).toMatchObject({ status: 200, body: { enforcement: 'disabled', rules: body.rules } });
  expect((await small.api('PATCH', ref, { sha: next.body['sha'] })).status).toBe(200);
  expect((await small.api('DELETE', `${repo}/rulesets/${id}`)).status).toBe(204);
  expect((await small.api('GET', `${repo}/rulesets`)).body).toEqual([]);
  const organization = await small.api('POST', '/orgs/acme/rulesets', { ...body, name: 'all' });
  expect(organization.status).toBe(201);
  expect((await small.api('GET', `${repo}/rulesets`)).body).toMatchObject([
    { source_type: 'Organization', source: 'acme' },
  ]);
});

import { gunzipSync } from 'node:zlib';
import { unzipSync } from 'fflate';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Acme, openAcme } from '../testing/acme.ts';
import { type Ask, octokitAsker } from '../testing/octokit.ts';

const repo = '/repos/{owner}/{repo}';
let acme: Acme;
let ask: Ask;
beforeAll(async () => {
  acme = await openAcme();
  ask = octokitAsker(acme);
});
afterAll(async () => {
  expect(acme.faults).toEqual([]);
  await acme.remove();
});

test('tags are listed by the commit that they stand for, and a commit’s files come as one archive', async () => {
  const sha = acme.tip('main');
  const tag = await acme.ask(
    'carol',
    'POST',
    '/repos/acme/app/git/tags',
    { tag: 'v1', message: 'One', object: sha, type: 'commit' },
    201,
  );
  await acme.ask('carol', 'POST', '/repos/acme/app/git/refs', { ref: 'refs/tags/v1', sha: tag.sha }, 201);
  await acme.ask('carol', 'POST', '/repos/acme/app/git/refs', { ref: 'refs/tags/plain', sha }, 201);
  expect(await ask(`GET ${repo}/tags`)).toMatchObject([
    { name: 'v1', commit: { sha } },
    { name: 'plain', commit: { sha } },
  ]);
  const archive = async (kind: string, token?: string, end = (path: string) => path): Promise<Response> => {
    const asked = await acme.call(acme.tokens.carol, 'GET', `/repos/acme/app/${kind}/refs/tags/v1`);
    expect(asked.status).toBe(302);
    return acme.call(token ?? acme.tokens.carol, 'GET', end(new URL(asked.headers.get('location') ?? '').pathname));
  };
  const zip = unzipSync(new Uint8Array(await (await archive('zipball')).arrayBuffer()));
  expect(Object.keys(zip)).toContain(`acme-app-${sha?.slice(0, 7)}/README.md`);
  const tar = gunzipSync(new Uint8Array(await (await archive('tarball')).arrayBuffer()));
  expect(tar.toString('latin1')).toContain('README.md');
  // What gh makes of the address, to save an archive by the tag's name.
  const named = await archive('zipball', undefined, (path) => path.replace(/^(\/[^/]+\/[^/]+\/)legacy\./, '$1'));
  expect(named.headers.get('content-disposition')).toBe('attachment; filename=app-1.zip');
  expect(Object.keys(unzipSync(new Uint8Array(await named.arrayBuffer())))).toContain('app-1/README.md');
  acme.admin.createUser('mallory');
  expect((await archive('tarball', acme.admin.createToken('mallory'))).status).toBe(404);
  await ask(`GET ${repo}/zipball/{ref}`, { ref: 'main' }).catch(() => {});
  await ask(`GET ${repo}/tarball/{ref}`, { ref: 'main' }).catch(() => {});
  await acme.ask('carol', 'GET', '/repos/acme/app/tarball/nowhere', undefined, 404);
});

test('notes of a release name the pull requests since the last one', async () => {
  const { number } = await acme.pull('alice', 'noted');
  await acme.ask('alice', 'PUT', `/repos/acme/app/pulls/${number}/merge`, {}, 200);
  const notes = await ask(`POST ${repo}/releases/generate-notes`, { tag_name: 'v2', previous_tag_name: 'v1' });
  expect(notes.body).toContain(`* noted by @alice in https://github.com/acme/app/pull/${number}`);
  expect(notes.body).toContain('**Full Changelog**: https://github.com/acme/app/compare/v1...v2');
});

test('a branch is renamed with its pull requests, if the rules let the new name come and the old one go', async () => {
  const { number } = await acme.pull('alice', 'before');
  const renamed = await ask(
    `POST ${repo}/branches/{branch}/rename`,
    { branch: 'before', new_name: 'after' },
    acme.tokens.alice,
  );
  expect(renamed).toMatchObject({ name: 'after' });
  expect([acme.tip('before'), acme.tip('after')]).toEqual([undefined, renamed.commit.sha]);
  const pull = await acme.ask('alice', 'GET', `/repos/acme/app/pulls/${number}`, undefined, 200);
  expect(pull).toMatchObject({ state: 'open', head: { ref: 'after' } });
  await acme.ask('alice', 'POST', '/repos/acme/app/branches/main/rename', { new_name: 'trunk' }, 403);
  const all = { conditions: { ref_name: { include: ['refs/heads/kept'], exclude: [] } } };
  await acme.ruleset([{ type: 'creation' }], all);
  await acme.ask('alice', 'POST', '/repos/acme/app/branches/after/rename', { new_name: 'kept' }, 422);
  const after = { conditions: { ref_name: { include: ['refs/heads/after'], exclude: [] } } };
  await acme.ruleset([{ type: 'deletion' }], after);
  await acme.ask('alice', 'POST', '/repos/acme/app/branches/after/rename', { new_name: 'gone' }, 422);
  expect(acme.tip('gone')).toBeUndefined();
  await ask(`POST ${repo}/branches/{branch}/rename`, { branch: 'main', new_name: 'trunk' });
  expect((await acme.ask('carol', 'GET', '/repos/acme/app', undefined, 200)).default_branch).toBe('trunk');
});

test('repositories and people are found by words and qualifiers, where the asker may see them', async () => {
  expect((await ask('GET /search/repositories', { q: 'org:acme app in:name' })).items).toMatchObject([
    { full_name: 'acme/app' },
  ]);
  expect((await ask('GET /search/users', { q: 'ali type:user' })).items).toMatchObject([{ login: 'alice' }]);
  acme.admin.createUser('nobody');
  const stranger = acme.admin.createToken('nobody');
  expect((await ask('GET /search/repositories', { q: 'app' }, stranger)).total_count).toBe(0);
  await acme.ask('carol', 'GET', '/search/repositories', undefined, 422);
  const query =
    '{ search(type: REPOSITORY, query: "org:acme", first: 5) { repositoryCount issueCount nodes { ... on Repository { nameWithOwner } } } }';
  expect((await acme.graphql(acme.tokens.carol, query)).data).toEqual({
    search: { repositoryCount: 1, issueCount: 0, nodes: [{ nameWithOwner: 'acme/app' }] },
  });
});

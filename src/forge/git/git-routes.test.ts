import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { presentVerification } from '../present/verification.ts';
import { createPull } from '../pulls/create-pull.ts';
import { forkRepository } from '../repositories.ts';
import { commitFiles } from './commit-files.ts';
import { moveRefs } from './move-refs.ts';
import { readCommit } from './objects.ts';
import { readRef, zeroSha } from './refs.ts';
import { repositoryFolder } from './repository-folder.ts';
import { client, openSmallForge, type SmallForge } from './testing/small-forge.ts';

let small: SmallForge;
let work = '';
beforeEach(async () => {
  small = await openSmallForge();
  work = mkdtempSync(join(tmpdir(), 'clone-'));
  await client(work, 'init', '--quiet', '-b', 'main');
  await client(work, 'remote', 'add', 'origin', small.remote('bob'));
});
afterEach(async () => {
  rmSync(work, { recursive: true, force: true });
  await small.close();
});

async function commit(file: string, text: string, folder = work): Promise<string> {
  writeFileSync(join(folder, file), text);
  await client(folder, 'add', '-A');
  await client(folder, 'commit', '--quiet', '-m', `change ${file}`);
  return (await client(folder, 'rev-parse', 'HEAD')).text;
}

const bare = (): string => repositoryFolder(small.forge, small.repository().id);
const incoming = (): readonly string[] => readdirSync(join(bare(), 'objects')).filter((one) => /incoming/.test(one));

test('push, clone, fetch, delete', async () => {
  const sha = await commit('a.txt', 'a');
  expect(await client(work, 'push', 'origin', 'main', 'HEAD:refs/heads/topic')).toMatchObject({ code: 0 });
  expect(readRef(bare(), 'refs/heads/topic')).toBe(sha);
  const other = mkdtempSync(join(tmpdir(), 'clone-'));
  expect(await client(other, 'clone', '--quiet', small.remote('alice'), 'c')).toMatchObject({ code: 0 });
  expect((await client(join(other, 'c'), 'rev-parse', 'HEAD', 'origin/topic')).text).toBe(`${sha}\n${sha}`);
  expect((await client(work, 'push', 'origin', '--delete', 'topic')).code).toBe(0);
  expect(readRef(bare(), 'refs/heads/topic')).toBeUndefined();
  rmSync(other, { recursive: true, force: true });
  expect(incoming()).toEqual([]);
  expect(small.forge.store.refIntents.size).toBe(0);
  expect(small.repository().pushedAt).not.toBeNull();
});

test('who may not read or write hears it in the words of GitHub', async () => {
  await commit('a.txt', 'a');
  await client(work, 'push', 'origin', 'main');
  const anonymous = await fetch(`${small.url}/acme/app.git/info/refs?service=git-upload-pack`);
  expect(anonymous.status).toBe(401);
  expect(anonymous.headers.get('www-authenticate')).toBe('Basic realm="GitHub"');
  expect((await client(work, 'ls-remote', small.remote('eve'))).text).toContain('Repository not found.');
  const { store } = small.forge;
  store.transaction(() => store.repositories.put({ ...small.repository(), private: false }));
  expect((await client(work, 'ls-remote', small.remote())).code).toBe(0);
  expect((await client(work, 'push', small.remote('eve'), 'HEAD:x')).text).toContain(
    'remote: Permission to acme/app.git denied to eve.',
  );
});

test('rules refuse refs one by one, with the words of GH013', async () => {
  await commit('a.txt', 'a');
  await client(work, 'push', 'origin', 'main');
  small.addRuleset({ rules: [{ type: 'non_fast_forward' }, { type: 'deletion' }, { type: 'pull_request' }] });
  await client(work, 'commit', '--quiet', '--amend', '-m', 'other');
  const forced = await client(work, 'push', '--force', 'origin', 'main', 'HEAD:refs/heads/topic');
  expect(forced.code).toBe(1);
  expect(forced.text).toContain('remote: error: GH013: Repository rule violations found for refs/heads/main.');
  expect(forced.text).toContain('https://github.com/acme/app/rules?ref=refs%2Fheads%2Fmain');
  expect(forced.text).toContain('remote: - Cannot force-push to this branch');
  expect(forced.text).toContain('remote: - Changes must be made through a pull request.');
  expect(forced.text).toContain('! [remote rejected] main -> main (push declined due to repository rule violations)');
  expect(forced.text).toMatch(/\[new branch\]\s+HEAD -> topic/);
  const atomic = await client(work, 'push', '--atomic', '--force', 'origin', 'main', 'HEAD:refs/heads/second');
  expect(atomic.code).toBe(1);
  expect(readRef(bare(), 'refs/heads/second')).toBeUndefined();
  expect(incoming()).toEqual([]);
});

test('a push that bypasses rules says so', async () => {
  await commit('a.txt', 'a');
  await client(work, 'push', 'origin', 'main');
  const bob = small.forge.store.accounts.by('login', 'bob')[0];
  small.addRuleset({
    rules: [{ type: 'pull_request' }],
    bypassActors: [{ actor_id: bob?.id ?? 0, actor_type: 'User', bypass_mode: 'always' }],
  });
  await commit('a.txt', 'b');
  const pushed = await client(work, 'push', 'origin', 'main');
  expect(pushed).toMatchObject({ code: 0 });
  expect(pushed.text).toContain('remote: Bypassed rule violations for refs/heads/main:');
});

test('refs of pull requests are seen but not pushed; illegal names are refused', async () => {
  const sha = await commit('a.txt', 'a');
  await client(work, 'push', 'origin', 'main');
  const repository = small.repository();
  const system = { kind: 'system' } as const;
  const updates = [{ ref: 'refs/pull/1/head', before: zeroSha, after: sha }];
  await moveRefs(small.forge, { repository, identity: system, updates, via: 'system' });
  expect((await client(work, 'ls-remote', 'origin')).text).toContain('refs/pull/1/head');
  const pushed = await client(work, 'push', 'origin', 'HEAD:refs/pull/2/head');
  expect(pushed.text).toContain('deny updating a hidden ref');
});

test('a shallow clone, a partial clone and a fetch by SHA', async () => {
  const first = await commit('a.txt', 'a');
  await commit('a.txt', 'b');
  await client(work, 'push', 'origin', 'main');
  const other = mkdtempSync(join(tmpdir(), 'clone-'));
  expect((await client(other, 'clone', '--quiet', '--depth=1', small.remote('bob'), 'shallow')).code).toBe(0);
  const shallow = join(other, 'shallow');
  const sha = await commit('b.txt', 'b', shallow);
  expect((await client(shallow, 'push', 'origin', 'HEAD:main')).code).toBe(0);
  expect(readRef(bare(), 'refs/heads/main')).toBe(sha);
  await client(other, 'clone', '--quiet', '--filter=blob:none', small.remote('bob'), 'partial');
  expect((await client(join(other, 'partial'), 'log', '--format=%H')).text).toContain(first);
  await client(other, 'init', '--quiet', 'bysha');
  const fetched = await client(join(other, 'bysha'), 'fetch', '--depth=1', small.remote('bob'), first);
  expect(fetched.code).toBe(0);
  rmSync(other, { recursive: true, force: true });
});

test('push options are taken, bodies in chunks and the protocol of old clients', async () => {
  await commit('a.txt', 'a');
  expect((await client(work, 'push', '-o', 'ci.skip', '-o', 'reviewer=bob', 'origin', 'main')).code).toBe(0);
  await commit('b.txt', 'b');
  expect((await client(work, '-c', 'http.postBuffer=1024', 'push', '-o', 'x', 'origin', 'main')).code).toBe(0);
  expect((await client(work, '-c', 'protocol.version=0', 'fetch', 'origin')).code).toBe(0);
});

test('who may write to the base pushes to a fork’s branch where its pull request allows that, and to no other', async () => {
  await commit('a.txt', 'a');
  await client(work, 'push', 'origin', 'main');
  const { store } = small.forge;
  small.admin.addCollaborator('acme/app', 'eve', 'read');
  const eve = small.forge.store.accounts.by('login', 'eve')[0];
  if (eve === undefined) throw new Error('no eve');
  const fork = await forkRepository(small.forge, eve, small.repository());
  const remote = small.remote('bob').replace('acme/app', 'eve/app');
  const sha = await commit('b.txt', 'b');
  const push = (...refs: string[]) => client(work, 'push', remote, ...refs);
  expect((await push('HEAD:main')).text).toContain('Repository not found.');
  store.transaction(() => store.repositories.put({ ...fork, private: false }));
  expect((await push('HEAD:main')).text).toContain('Permission to eve/app.git denied to bob.');
  const pull = await createPull(small.forge, small.identity('eve'), {
    repository: small.repository(),
    title: 'x',
    head: 'eve:topic',
    base: 'main',
  }).catch(() => undefined);
  expect(pull).toBeUndefined();
  await client(work, 'push', small.remote('eve').replace('acme/app', 'eve/app'), 'HEAD:topic');
  const opened = await createPull(small.forge, small.identity('eve'), {
    repository: small.repository(),
    title: 'x',
    head: 'eve:topic',
    base: 'main',
  });
  expect([opened.headSha, opened.maintainerCanModify]).toEqual([sha, true]);
  const mended = await commit('c.txt', 'c');
  const both = await push('HEAD:topic', 'HEAD:main');
  expect(both.text).toContain('main (permission denied)');
  const at = (branch: string) => readRef(repositoryFolder(small.forge, fork.id), `refs/heads/${branch}`);
  expect([at('topic'), at('main') === mended]).toEqual([mended, false]);
  expect((await push(':topic')).text).toContain('permission denied');
  store.transaction(() => {
    const now = store.pulls.get(opened.id);
    if (now !== undefined) store.pulls.put({ ...now, maintainerCanModify: false });
  });
  expect((await push('HEAD~1:topic')).text).toContain('Permission to eve/app.git denied to bob.');
});

test('a large push comes in chunks after a probe', async () => {
  writeFileSync(join(work, 'big.bin'), randomBytes(6 * 1024 * 1024));
  const sha = await commit('a.txt', 'a');
  expect((await client(work, 'push', 'origin', 'main')).code).toBe(0);
  expect(readRef(bare(), 'refs/heads/main')).toBe(sha);
});

test('of two racing pushes one wins and the other is told', async () => {
  await commit('a.txt', 'a');
  await client(work, 'push', 'origin', 'main');
  const clones = await Promise.all(
    ['one', 'two', 'three'].map(async (name) => {
      const folder = mkdtempSync(join(tmpdir(), 'clone-'));
      await client(folder, 'clone', '--quiet', small.remote('bob'), '.');
      await commit(`${name}.txt`, name, folder);
      return folder;
    }),
  );
  const results = await Promise.all(clones.map((folder) => client(folder, 'push', 'origin', 'main')));
  expect(results.map((result) => result.code).sort()).toEqual([0, 1, 1]);
  expect(small.forge.store.refIntents.size).toBe(0);
  for (const folder of clones) rmSync(folder, { recursive: true, force: true });
});

test('what is no push gets a 4xx and changes nothing', async () => {
  const sha = await commit('a.txt', 'a');
  await client(work, 'push', 'origin', 'main');
  const line = (text: string): string => (text.length + 4).toString(16).padStart(4, '0') + text;
  const report = '\0 report-status side-band-64k';
  const bodies: readonly (readonly [string, RegExp])[] = [
    ['', /^200/],
    ['0000', /^200/],
    ['zzzz', /^400/],
    ['0003', /^400/],
    ['ffff', /^400/],
    ['0050short', /^400/],
    [`${line('not a command at all')}0000`, /^400/],
    [`${line(`${zeroSha} ${'1'.repeat(40)} refs/heads/x${report}`)}0000`, /^200.*missing necessary objects/s],
    [`${line(`${zeroSha} ${sha} refs/heads/x${report}`)}0000PACKnonsense`, /^200.*unpacker error/s],
    [`${line(`${zeroSha} ${sha} refs/heads/a..b${report}`)}0000`, /^200.*funny refname/s],
    [`${line(`${zeroSha} ${sha} ../../escape${report}`)}0000`, /^200.*funny refname/s],
    [`${line(`${zeroSha} ${zeroSha} refs/heads/none${report}`)}0000`, /^200.*does not exist/s],
    [`${line(`shallow ${sha.slice(1)}`)}0000`, /^400/],
  ];
  for (let seed = 0; seed < 30; seed += 1) {
    const response = await post(randomBytes(1 + ((seed * 37) % 300)), seed % 2 === 0);
    expect(response.status).toBeLessThan(500);
  }
  for (const [body, wanted] of bodies) {
    const response = await post(Buffer.from(body), false);
    expect(`${response.status} ${await response.text()}`).toMatch(wanted);
  }
  expect(readdirSync(join(bare(), 'refs/heads'))).toEqual(['main']);
  expect(incoming()).toEqual([]);
});

function post(body: Uint8Array, gzip: boolean): Promise<Response> {
  const authorization = `Basic ${Buffer.from(`x:${small.tokens.bob}`).toString('base64')}`;
  const headers = { authorization, 'content-type': 'application/x-git-receive-pack-request' };
  return fetch(`${small.url}/acme/app.git/git-receive-pack`, {
    method: 'POST',
    headers: gzip ? { ...headers, 'content-encoding': 'gzip' } : headers,
    body,
  });
}

test('what is pushed is unverified, whoever it says committed it; what the API commits is verified', async () => {
  const { forge } = small;
  writeFileSync(join(work, 'a.txt'), 'a');
  await client(work, 'add', '-A');
  const forged = '!GIT_COMMITTER_NAME=GitHub GIT_COMMITTER_EMAIL=noreply@github.com git commit --quiet -m forged';
  await client(work, '-c', `alias.forge=${forged}`, 'forge');
  expect(await client(work, 'push', 'origin', 'main')).toMatchObject({ code: 0 });
  const pushed = (await client(work, 'rev-parse', 'HEAD')).text;
  expect((await readCommit(bare(), pushed))?.committer.email).toBe('noreply@github.com');
  const request = { repository: small.repository(), identity: small.identity('alice'), branch: 'main', message: 'm' };
  const files = [{ path: 'b.txt', content: Buffer.from('b') }];
  const made = await commitFiles(forge, { ...request, files });
  const bob = { name: 'bob', email: 'bob@acme.test', at: '@0 +0000' };
  const named = await commitFiles(forge, {
    ...request,
    author: bob,
    files: [{ path: 'c.txt', content: Buffer.from('c') }],
  });
  const verified = (sha: string) => presentVerification(forge, sha).verified;
  expect([pushed, made.sha, named.sha].map(verified)).toEqual([false, true, false]);
});

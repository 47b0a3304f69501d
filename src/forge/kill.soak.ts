import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { git } from '../git/git.ts';
import { repositoryGit } from './git/repository-folder.ts';
import { openForge } from './open-forge.ts';
import { bundleForge, type ForgeBundle, type ForgeChild } from './testing/forge-child.ts';

// One forge lives many lives on one folder: each ends by kill -9 at a counted write, request or process.

let forges: ForgeBundle;
beforeAll(async () => {
  forges = await bundleForge();
});
afterAll(() => forges.remove());

const operations = 10_000;
const workers = 3;
const path = '/repos/acme/app';

/** What was acknowledged, and must be there for ever. */
class Said {
  count = 0;
  readonly files = new Map<string, string>();
  readonly pulls = new Map<number, 'open' | 'merged' | 'closed'>();
  readonly statuses = new Set<string>();
  readonly comments = new Map<number, string>();
  readonly deployments = new Map<number, string>();
  /** Of each variable all values that it may have: more than one while a write was not answered. */
  readonly variables = new Map<string, Set<string>>();
  readonly gone = new Set<string>();
}

async function ask(
  forge: ForgeChild,
  said: Said,
  method: string,
  rest: string,
  body?: unknown,
): Promise<ReturnType<typeof JSON.parse>> {
  const response = await forge.call(method, rest, body);
  const text = await response.text();
  expect(response.status, `${method} ${rest}: ${text}`).toBeLessThan(400);
  said.count += 1;
  return text === '' ? {} : JSON.parse(text);
}

/** Writes, opens, judges, comments, deploys and merges, round after round, until the forge is gone or enough was done. */
async function work(forge: ForgeChild, said: Said, name: string, enough: number): Promise<void> {
  for (let round = 0; said.count < enough; round += 1) {
    const branch = `${name}-${round}`;
    const file = `${branch}.txt`;
    const does = (method: string, rest: string, body?: unknown) => ask(forge, said, method, path + rest, body);
    const { object } = await does('GET', '/git/ref/heads/main');
    await does('POST', '/git/refs', { ref: `refs/heads/${branch}`, sha: object.sha });
    const content = Buffer.from(file).toString('base64');
    const made = await does('PUT', `/contents/${file}`, { message: file, content, branch });
    const pull = await does('POST', '/pulls', { title: file, head: branch, base: 'main', body: `Of ${name}` });
    said.pulls.set(pull.number, 'open');
    for (const context of ['build', 'test']) {
      await does('POST', `/statuses/${made.commit.sha}`, { state: 'success', context });
      said.statuses.add(`${made.commit.sha} ${context}`);
    }
    const comment = await does('POST', `/issues/${pull.number}/comments`, { body: 'Seen' });
    said.comments.set(comment.id, 'Seen');
    await does('PATCH', `/issues/comments/${comment.id}`, { body: 'Seen twice' });
    said.comments.set(comment.id, 'Seen twice');
    await does('POST', `/issues/${pull.number}/labels`, { labels: [name] });
    await setVariable(forge, said, `ROUND_${round % 5}_OF_${name.toUpperCase().replaceAll('-', '_')}`, String(round));
    const body = { ref: made.commit.sha, environment: 'dev', required_contexts: [], auto_merge: false };
    const deployment = await does('POST', '/deployments', body);
    said.deployments.set(deployment.id, 'none');
    await does('POST', `/deployments/${deployment.id}/statuses`, { state: 'success' });
    said.deployments.set(deployment.id, 'success');
    if (round % 7 === 6) {
      await does('PATCH', `/pulls/${pull.number}`, { state: 'closed' });
      said.pulls.set(pull.number, 'closed');
    } else {
      await merge(forge, said, pull.number, ['merge', 'squash', 'rebase'][round % 3] ?? 'merge');
      said.pulls.set(pull.number, 'merged');
      said.files.set(file, file);
    }
    await does('DELETE', `/git/refs/heads/${branch}`);
    said.gone.add(branch);
  }
}

/** Asks again where another merge came between, as GitHub's words tell one to. */
async function merge(forge: ForgeChild, said: Said, number: number, method: string): Promise<void> {
  for (;;) {
    const response = await forge.call('PUT', `${path}/pulls/${number}/merge`, { merge_method: method });
    const text = await response.text();
    said.count += 1;
    if (response.status === 200) return;
    expect(text).toContain('Base branch was modified. Review and try the merge again.');
  }
}

async function setVariable(forge: ForgeChild, said: Said, name: string, value: string): Promise<void> {
  const known = said.variables.get(name);
  said.variables.set(name, new Set([...(known ?? ['']), value]));
  if (known === undefined) await ask(forge, said, 'POST', `${path}/actions/variables`, { name, value });
  else await ask(forge, said, 'PATCH', `${path}/actions/variables/${name}`, { value });
  said.variables.set(name, new Set([value]));
}

/** Journal and repository say the same, and both have all that was acknowledged. */
async function agree(folder: string, said: Said): Promise<void> {
  const running = await openForge({
    folder,
    clock: { now: () => Date.now(), sleep: async () => {} },
    random: (bytes) => randomBytes(bytes),
    urls: { html: 'https://github.com', api: 'https://api.github.com' },
    log: (text) => expect.fail(text),
  });
  const { store } = running.forge;
  try {
    await running.settled();
    expect([...store.refIntents.values()]).toEqual([]);
    const [repository] = [...store.repositories.values()];
    const cwd = join(folder, 'git', `${repository?.id}.git`);
    await git(['fsck', '--no-dangling', '--no-progress'], repositoryGit(cwd));
    expect(readdirSync(cwd, { recursive: true }).filter((name) => String(name).endsWith('.lock'))).toEqual([]);
    const lines = async (...args: string[]): Promise<Set<string>> =>
      new Set((await git(args, repositoryGit(cwd))).split('\n').filter((line) => line !== ''));
    const files = await lines('ls-tree', '--name-only', 'main');
    expect([...said.files.keys()].filter((file) => !files.has(file))).toEqual([]);
    const inMain = await lines('rev-list', 'main');
    const branches = await lines('for-each-ref', '--format=%(refname:short)', 'refs/heads');
    expect([...said.gone].filter((branch) => branches.has(branch))).toEqual([]);
    const pulls = new Map(store.pulls.by('repository', repository?.id ?? 0).map((pull) => [pull.number, pull]));
    for (const [number, state] of said.pulls) {
      const pull = pulls.get(number);
      expect({ number, merged: pull?.merged, merging: pull?.merging }).toMatchObject({ number, merging: undefined });
      // What was open when the answer was lost may have gone on; what was answered has.
      if (state === 'merged') expect(pull).toMatchObject({ merged: true });
      if (state === 'closed') expect(pull).toMatchObject({ merged: false, state: 'closed' });
      if (pull?.merged === true) expect(inMain.has(pull.mergeCommitSha ?? '')).toBe(true);
      else if (pull?.state === 'open' && branches.has(pull.headRef))
        expect((await lines('rev-parse', `refs/heads/${pull.headRef}`)).has(pull.headSha)).toBe(true);
    }
    const statuses = new Set([...store.statuses.values()].map(({ sha, context }) => `${sha} ${context}`));
    expect([...said.statuses].filter((one) => !statuses.has(one))).toEqual([]);
    for (const [id, body] of said.comments) {
      // An edit that was not answered may have been made.
      if (body === 'Seen') expect(store.comments.get(id)).toBeDefined();
      else expect(store.comments.get(id)).toMatchObject({ body });
    }
    const deployed = new Set([...store.deploymentStatuses.values()].map(({ deploymentId }) => deploymentId));
    for (const [id, state] of said.deployments) {
      expect(store.deployments.get(id)).toBeDefined();
      if (state === 'success') expect(deployed.has(id)).toBe(true);
    }
    const values = new Map([...store.variables.values()].map(({ name, value }) => [name, value]));
    for (const [name, possible] of said.variables) expect([...possible]).toContain(values.get(name) ?? '');
  } finally {
    await running.close();
  }
}

test('through 10,000 mixed operations and a kill -9 every few hundred, nothing acknowledged is missing', async () => {
  const folder = join(forges.home, 'app');
  const said = new Said();
  let forge = await forges.start(folder);
  await ask(forge, said, 'POST', '/orgs/acme/repos', { name: 'app', private: true });
  await ask(forge, said, 'PATCH', path, { delete_branch_on_merge: false });
  const content = Buffer.from('app').toString('base64');
  await ask(forge, said, 'PUT', `${path}/contents/README.md`, { message: 'Begin', content });
  await forges.stop();
  let killed = 0;
  for (let life = 0; said.count < operations; life += 1) {
    const point = [
      `request:${60 + ((life * 137) % 400)}`,
      `write:${60 + ((life * 211) % 600)}`,
      // Most of git runs beside the forge: few processes are its own.
      `spawn:${1 + (life % 5)}`,
    ][life % 3];
    const begun = said.count;
    // Killed before it listened is killed too; one that is only slow must not hold the folder.
    forge = await forges.start(folder, point).catch(async () => {
      await forges.stop();
      return forges.start(folder);
    });
    // Whoever does not come to the point is killed with whatever is under way.
    const late = setInterval(() => {
      if (said.count >= begun + 350) void forges.stop();
    }, 20);
    const done = Array.from({ length: workers }, (_, index) =>
      work(forge, said, `life-${life}-${index}`, operations).then(
        () => false,
        (error: unknown) => {
          // The connection goes with the process: anything that was answered is no excuse.
          expect(String(error)).toMatch(/fetch failed|terminated|other side closed/);
          return true;
        },
      ),
    );
    if ((await Promise.all(done)).includes(true)) killed += 1;
    clearInterval(late);
    await forges.stop();
    if (life % 3 === 2 || said.count >= operations) await agree(folder, said);
  }
  expect(killed).toBeGreaterThanOrEqual(20);
  expect(said.count).toBeGreaterThanOrEqual(operations);
});

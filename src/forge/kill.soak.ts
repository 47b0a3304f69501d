import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { rolldown } from 'rolldown';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { git } from '../git/git.ts';
import { repositoryGit } from './git/repository-folder.ts';
import { openStore } from './store.ts';

const killSwitch = resolve(import.meta.dirname, '../../test/kill/switch.mjs');
let home: string;
let entry: string;
let child: ChildProcess | undefined;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'forge-kill-'));
  entry = join(home, 'bundle', 'forge.js');
  const input = resolve(import.meta.dirname, 'testing/forge-process.ts');
  const bundle = await rolldown({ input, platform: 'node', logLevel: 'silent' });
  await bundle.write({ file: entry, format: 'esm', codeSplitting: false });
  await bundle.close();
});
afterAll(async () => {
  await stop();
  rmSync(home, { recursive: true, force: true });
});

interface Up {
  readonly port: number;
  readonly token: string;
}

async function up(folder: string, killAt?: string): Promise<Up> {
  const env = { ...process.env, ...(killAt === undefined ? {} : { KILL_AT: killAt }) };
  const started = spawn(process.execPath, ['--import', killSwitch, entry, folder], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  child = started;
  return new Promise((found, failed) => {
    started.stdout.once('data', (chunk: Buffer) => found(JSON.parse(chunk.toString())));
    started.once('exit', () => failed(new Error('the forge ended')));
  });
}

async function stop(): Promise<void> {
  const one = child;
  child = undefined;
  if (one === undefined || one.exitCode !== null || one.signalCode !== null) return;
  one.kill('SIGKILL');
  await once(one, 'exit');
}

async function ask(
  { port, token }: Up,
  method: string,
  path: string,
  body?: unknown,
): Promise<ReturnType<typeof JSON.parse>> {
  const response = await fetch(`http://127.0.0.1:${port}/api/v3${path}`, {
    method,
    headers: { authorization: `Bearer ${token}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  expect(response.status, `${method} ${path}: ${text}`).toBeLessThan(400);
  return text === '' ? {} : JSON.parse(text);
}

interface Said {
  readonly files: Map<string, string>;
  readonly statuses: { readonly sha: string; readonly context: string }[];
  readonly comments: { readonly number: number; readonly id: number }[];
  readonly pulls: Map<number, { merged: boolean }>;
}

const path = '/repos/acme/app';
const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** Writes, opens, judges, comments and merges until the forge is gone; keeps what it was told. */
async function work(forge: Up, said: Said, rounds: number, name: string): Promise<void> {
  for (let round = 0; round < rounds; round += 1) {
    const file = `${name}-${round}.txt`;
    const branch = `${name}-${round}`;
    const { object } = await ask(forge, 'GET', `${path}/git/ref/heads/main`);
    await ask(forge, 'POST', `${path}/git/refs`, { ref: `refs/heads/${branch}`, sha: object.sha });
    const made = await ask(forge, 'PUT', `${path}/contents/${file}`, { message: file, content: base64(file), branch });
    const pull = await ask(forge, 'POST', `${path}/pulls`, { title: file, head: branch, base: 'main' });
    said.pulls.set(pull.number, { merged: false });
    const context = `ci-${round}`;
    await ask(forge, 'POST', `${path}/statuses/${made.commit.sha}`, { state: 'success', context });
    said.statuses.push({ sha: made.commit.sha, context });
    const comment = await ask(forge, 'POST', `${path}/issues/${pull.number}/comments`, { body: 'Seen' });
    said.comments.push({ number: pull.number, id: comment.id });
    const method = ['merge', 'squash', 'rebase'][round % 3];
    await ask(forge, 'PUT', `${path}/pulls/${pull.number}/merge`, { merge_method: method });
    said.pulls.set(pull.number, { merged: true });
    said.files.set(file, file);
  }
}

async function verify(forge: Up, said: Said): Promise<void> {
  for (const [file, text] of said.files) {
    const { content } = await ask(forge, 'GET', `${path}/contents/${file}`);
    expect(Buffer.from(content, 'base64').toString()).toBe(text);
  }
  for (const { sha, context } of said.statuses) {
    const all = await ask(forge, 'GET', `${path}/commits/${sha}/statuses`);
    expect(all.map((one: { context: string }) => one.context)).toContain(context);
  }
  for (const { id } of said.comments) await ask(forge, 'GET', `${path}/issues/comments/${id}`);
  for (const [number, { merged }] of said.pulls) {
    const pull = await ask(forge, 'GET', `${path}/pulls/${number}`);
    // A merge whose answer was lost may have happened; one that was answered has.
    if (merged) expect(pull.merged).toBe(true);
    if (pull.merged) await ask(forge, 'GET', `${path}/commits/${pull.merge_commit_sha}`);
  }
}

/** The journal and the repository say the same. */
async function agree(folder: string): Promise<void> {
  const store = await openStore(folder, { now: () => Date.now(), sleep: async () => {} });
  try {
    expect([...store.refIntents.values()]).toEqual([]);
    for (const { id } of store.repositories.values()) {
      const bare = join(folder, 'git', `${id}.git`);
      await git(['fsck', '--no-dangling', '--no-progress'], repositoryGit(bare));
      expect(readdirSync(bare, { recursive: true }).filter((name) => String(name).endsWith('.lock'))).toEqual([]);
      const main = await git(['rev-parse', 'refs/heads/main'], repositoryGit(bare));
      for (const pull of store.pulls.by('repository', id)) {
        expect(pull.merging).toBeUndefined();
        if (pull.merged)
          await git(['merge-base', '--is-ancestor', pull.mergeCommitSha ?? '', main], repositoryGit(bare));
        else expect(await git(['rev-parse', `refs/heads/${pull.headRef}`], repositoryGit(bare))).toBe(pull.headSha);
      }
    }
  } finally {
    await store.close();
  }
}

const points = Array.from({ length: 24 }, (_, index) =>
  index % 3 === 0
    ? `request:${5 + index * 3}`
    : index % 3 === 1
      ? `spawn:${10 + index * 9}`
      : `write:${20 + index * 11}`,
);

test.for(points)('killed at %s and opened again, a forge has all that it acknowledged', async (point) => {
  const folder = join(home, point.replace(':', '-'));
  const said: Said = { files: new Map(), statuses: [], comments: [], pulls: new Map() };
  let forge = await up(folder);
  await ask(forge, 'POST', '/orgs/acme/repos', { name: 'app', private: true });
  await ask(forge, 'PATCH', path, { delete_branch_on_merge: false });
  await ask(forge, 'PUT', `${path}/contents/README.md`, { message: 'Begin', content: base64('app') });
  await stop();
  forge = await up(folder, point).catch(() => up(folder));
  await work(forge, said, 14, 'before').catch((error: unknown) => {
    // The connection goes with the process: anything that was answered is no excuse.
    expect(String(error)).toMatch(/fetch failed|terminated|other side closed/);
  });
  await stop();
  forge = await up(folder);
  await verify(forge, said);
  await work(forge, said, 2, 'after');
  await verify(forge, said);
  await stop();
  await agree(folder);
});

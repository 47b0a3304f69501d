import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { git } from '../git/git.ts';
import type { LabOptions } from './lab.ts';
import { onlyJob } from './only-workflow.ts';
import { runWorkflow, type WorkflowRequest } from './run-workflow.ts';
import { openSourceRepository } from './scenarios/source-repository.ts';

const ports: LabOptions['ports'] = {
  clock: { now: () => Date.now(), sleep: (ms) => setTimeout(ms) },
  random: (count) => randomBytes(count),
  env: process.env,
};
const ci = `name: CI
on: [push, pull_request]
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: echo "$GITHUB_EVENT_NAME $GITHUB_REPOSITORY"; cat file.txt
  other:
    runs-on: ubuntu-latest
    steps: [{ run: exit 3 }]
`;
const button = `on:
  workflow_dispatch: { inputs: { who: { required: true, type: string } } }
jobs:
  greet:
    runs-on: ubuntu-latest
    steps:
      - run: test "$WHO-$SECRET" = "you-hush"
        env: { WHO: "\${{ inputs.who }}", SECRET: "\${{ secrets.KEY }}" }
`;
const various = `on:
  release: { types: [released] }
  issue_comment:
  repository_dispatch: { types: [doorbell] }
jobs:
  tell:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: octo/shout@v1
        with: { text: "\${{ github.event_name }} \${{ github.event.action }} \${{ github.ref }} \${{ github.event.release.tag_name }}\${{ github.event.comment.body }}\${{ github.event.client_payload.a }}" }
      - run: cat file.txt; ls sub | wc -l
`;
const calling = `on: push
jobs:
  call: { uses: ./.github/workflows/called.yml, with: { who: world } }
  big: { runs-on: [self-hosted, big], steps: [{ run: echo on big }] }
`;
const called = `on:
  workflow_call: { inputs: { who: { type: string, required: true } } }
jobs:
  hello: { runs-on: ubuntu-latest, steps: [{ run: 'echo "hello \${{ inputs.who }}"' }] }
`;
const listeners = process.getMaxListeners();
let home: string;
let folder: string;

/** A clone of octo/shout, whose v1 has moved on at its main. */
async function makeActions(actions: string): Promise<void> {
  const clone = join(actions, 'octo/shout');
  mkdirSync(clone, { recursive: true });
  const run = (...args: string[]): Promise<string> =>
    git(['-c', 'user.name=x', '-c', 'user.email=x@x.test', ...args], { cwd: clone });
  const action = (word: string): string =>
    `name: shout\ninputs: { text: {} }\nruns:\n  using: composite\n  steps: [{ shell: bash, run: 'echo "${word} $T"', env: { T: "\${{ inputs.text }}" } }]\n`;
  await run('init', '-q');
  for (const word of ['first', 'later']) {
    writeFileSync(join(clone, 'action.yml'), action(word));
    await run('add', '.');
    await run('commit', '-qm', word);
    if (word === 'first') await run('tag', 'v1');
  }
}

beforeAll(async () => {
  // Nine labs at once, each of which leaves nothing behind should this process end.
  process.setMaxListeners(0);
  home = mkdtempSync(join(tmpdir(), 'run-workflow-'));
  folder = join(home, 'tools');
  mkdirSync(folder);
  const run = (...args: string[]): Promise<string> =>
    git(['-c', 'user.name=x', '-c', 'user.email=x@x.test', ...args], { cwd: folder });
  await run('init', '-q', '-b', 'trunk');
  await run('remote', 'add', 'origin', 'git@github.com:octo/tools.git');
  await run('commit', '-q', '--allow-empty', '-m', 'start');
  mkdirSync(join(folder, '.github/workflows'), { recursive: true });
  writeFileSync(join(folder, '.github/workflows/ci.yml'), ci);
  writeFileSync(join(folder, '.github/workflows/button.yml'), button);
  writeFileSync(join(folder, '.github/workflows/various.yml'), various);
  writeFileSync(join(folder, '.github/workflows/calling.yml'), calling);
  writeFileSync(join(folder, '.github/workflows/called.yml'), called);
  writeFileSync(join(folder, 'file.txt'), 'committed\n');
  // A submodule that nobody fetched.
  await run('update-index', '--add', '--cacheinfo', `160000,${'1'.repeat(40)},sub`);
  await run('add', '.');
  await run('commit', '-qm', 'second');
  await makeActions(join(home, 'actions'));
  writeFileSync(join(folder, 'file.txt'), 'changed\n');
});
afterAll(() => {
  process.setMaxListeners(listeners);
  rmSync(home, { recursive: true, force: true });
});

async function outcome(request: Partial<WorkflowRequest>, from = folder, options: Partial<LabOptions> = {}) {
  const lines: string[] = [];
  const result = await runWorkflow(
    await openSourceRepository(from),
    { payload: {}, inputs: {}, secrets: {}, ...request },
    { ports, ...options },
    (report) => {
      if (report.kind === 'line') lines.push(report.text);
    },
    new AbortController().signal,
  );
  return { ...result, text: lines.join('\n') };
}

test.concurrent('runs one job of one workflow, as committed, under the remote’s name', async () => {
  const { runs, text } = await outcome({ workflow: 'ci.yml', job: 'test' });
  expect(runs).toEqual([{ name: 'CI', conclusion: 'success' }]);
  expect(text).toContain('push octo/tools');
  expect(text).toContain('committed');
});

test.concurrent('a pull request, and a failure with its log', async () => {
  const { runs, failures, text } = await outcome({ workflow: '.github/workflows/ci.yml', event: 'pull_request' });
  expect(runs).toEqual([{ name: 'CI', conclusion: 'failure' }]);
  expect(text).toContain('pull_request octo/tools');
  expect(failures).toEqual([{ job: 'CI › other', log: expect.stringContaining('exit code 3') }]);
});

test.concurrent('a button is pressed with inputs and secrets', async () => {
  const { runs } = await outcome({ workflow: 'button.yml', inputs: { who: 'you' }, secrets: { KEY: 'hush' } });
  expect(runs.map(({ conclusion }) => conclusion)).toEqual(['success']);
});

test.concurrent('an event that the forge does not raise has its own payload, laid over by what is given', async () => {
  const payload = { release: { tag_name: 'v7', draft: false } };
  const actions = join(home, 'actions');
  const { runs, text } = await outcome({ workflow: 'various.yml', event: 'release', payload }, folder, { actions });
  expect(runs.map(({ conclusion }) => conclusion)).toEqual(['success']);
  expect(text).toContain('first release released refs/tags/v7 v7');
});

test.concurrent('a shallow clone with a detached HEAD and an absent submodule runs too', async () => {
  const shallow = join(home, 'shallow');
  await git(['clone', '-q', '--depth', '1', `file://${folder}`, shallow], { cwd: home });
  await git(['checkout', '-q', '--detach'], { cwd: shallow });
  await git(['remote', 'remove', 'origin'], { cwd: shallow });
  const actions = join(home, 'actions');
  const asked = { workflow: 'various.yml', event: 'issue_comment' };
  const { runs, text } = await outcome(asked, shallow, { actions });
  expect(runs.map(({ conclusion }) => conclusion)).toEqual(['success']);
  expect(text).toContain('first issue_comment created refs/heads/main A comment');
  expect(text).toContain('committed');
});

test.concurrent('an action that nobody has is named, and how to supply it', async () => {
  const payload = { client_payload: { a: 1 } };
  const { runs, text } = await outcome({ workflow: 'various.yml', event: 'repository_dispatch', payload });
  expect(runs.map(({ conclusion }) => conclusion)).toEqual(['failure']);
  expect(text).toMatch(/expected the action octo\/shout@v1/);
  expect(text).toContain('--actions');
});

test.concurrent('one workflow runs with those that it calls, on labels that the lab is given', async () => {
  const { runs, text } = await outcome({ workflow: 'calling.yml' }, folder, { labels: ['self-hosted', 'big'] });
  expect(runs.map(({ conclusion }) => conclusion)).toEqual(['success']);
  expect(text).toContain('hello world');
  expect(text).toContain('on big');
  const wrong = join(home, 'wrong');
  await git(['clone', '-q', folder, wrong], { cwd: home });
  writeFileSync(join(wrong, '.github/workflows/calling.yml'), calling.replace('who: world', 'whom: world'));
  await git(['-c', 'user.name=x', '-c', 'user.email=x@x.test', 'commit', '-qam', 'wrong'], { cwd: wrong });
  await expect(outcome({ workflow: 'calling.yml' }, wrong)).rejects.toThrow(/Input who is required/);
});

test.concurrent('what is not there is named', async () => {
  await expect(outcome({ workflow: 'nope.yml' })).rejects.toThrow(/found .*button.yml/);
  await expect(outcome({ workflow: 'ci.yml', job: 'nope' })).rejects.toThrow(/found test, other/);
  await expect(outcome({ workflow: 'ci.yml', event: 'issues' })).rejects.toThrow(
    /runs on issues \(opened\) at trunk, found none/,
  );
  await expect(outcome({ event: 'workflow_call' })).rejects.toMatchObject({
    hint: expect.stringContaining('calls it'),
  });
  await expect(outcome({ event: 'nope' })).rejects.toMatchObject({ hint: expect.stringContaining('issue_comment') });
});

test.concurrent('other jobs leave their lines empty', () => {
  const text = 'jobs:\n  a:\n    needs: b\n  b:\n    x: 1\n  c:\n    y: 1\n';
  expect(onlyJob(text, 'a').trimEnd()).toBe('jobs:\n  a:\n    needs: b\n  b:\n    x: 1');
});

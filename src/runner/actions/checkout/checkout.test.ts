import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { git } from '../../../git/git.ts';
import { openWorkbench, type Workbench } from '../../testing/workbench.ts';

let bench: Workbench;
beforeEach(async () => {
  bench = await openWorkbench();
});
afterEach(() => bench.close());

const workflow = (steps: string): string =>
  `on: [push, pull_request]\njobs:\n  job:\n    runs-on: ubuntu-latest\n    steps:\n${steps.replaceAll(/^/gm, '      ')}\n`;

const inServer = (...args: string[]): Promise<string> =>
  git(args, { cwd: join(bench.service.root, 'acme/app'), isolated: true });

test('takes path, ref, depth and sparse folders', async () => {
  await bench.commit({ 'a/x': '1', 'b/y': '2', '.github/workflows/w.yml': 'on: workflow_dispatch\njobs: {}\n' });
  const { log, run } = await bench.run(
    workflow(`- { uses: actions/checkout@v4, with: { path: full, fetch-depth: 0 } }
- run: git -C full rev-list --count HEAD
- { uses: actions/checkout@v4, with: { path: part, sparse-checkout: a, persist-credentials: false } }
- run: 'ls part; git -C part config --get-all include.path || echo nothing kept'
- { uses: actions/checkout@v4, with: { path: other, repository: acme/app, ref: main } }
- run: ls other
- { uses: actions/checkout@v4, with: { path: ../out } }`),
  );
  expect(log).toContain('\n2\n');
  expect(log).toMatch(/^a$/m);
  expect(log).toContain('\nnothing kept\n');
  expect(log).toMatch(/Repository path '.*' is not under/);
  expect(run.conclusion).toBe('failure');
});

test('a second checkout into the same folder takes the first one’s token out', async () => {
  const { log, run } = await bench.run(
    workflow(`- uses: actions/checkout@v4
- run: echo left > left.txt; ls -l .git/hooks 2>/dev/null || echo no hooks
- uses: actions/checkout@v4
- run: git config --get-all include.path | wc -l; ls left.txt || echo cleaned; git fetch origin main && git status --short`),
  );
  expect(run.conclusion).toBe('success');
  expect(log).toContain('\nno hooks\n');
  expect(log).toContain('\n1\n');
  expect(log).toContain('\ncleaned\n');
});

test('a pull request’s merge commit is checked out detached, a tag by its name', async () => {
  const files = {
    '.github/workflows/w.yml': workflow(`- uses: actions/checkout@v4\n- run: ${'git log -1 --format=%s%d'}`),
  };
  const sha = await bench.commit(files);
  await inServer('update-ref', 'refs/pull/1/merge', sha);
  await inServer('tag', 'v1', sha);
  bench.send(sha, {
    name: 'pull_request',
    action: 'opened',
    ref: 'refs/pull/1/merge',
    baseRef: 'main',
    headRef: 'topic',
  });
  bench.send(sha, { ref: 'refs/tags/v1' });
  const [pull, tag] = await bench.finish();
  expect(pull?.log).toContain('change (grafted, HEAD, pull/1/merge)');
  expect(tag?.log).toContain('change (grafted, HEAD, tag: v1)');
});

test('code of a fork is not checked out with the base’s rights, unless that is meant', async () => {
  const job = (more: string): string =>
    `jobs:\n  job:\n    runs-on: ubuntu-latest\n    steps:\n      - { uses: actions/checkout@v4, with: { ref: refs/pull/1/head${more} } }\n`;
  const sha = await bench.commit({
    '.github/workflows/a.yml': `on: pull_request_target\n${job('')}`,
    '.github/workflows/b.yml': `on: pull_request_target\n${job(', allow-unsafe-pr-checkout: true')}`,
  });
  await inServer('update-ref', 'refs/pull/1/head', sha);
  const head = { sha, repo: { id: 99, full_name: 'mallory/app' } };
  bench.send(sha, {
    name: 'pull_request_target',
    action: 'opened',
    baseRef: 'main',
    payload: { repository: { id: 1 }, pull_request: { head } },
  });
  const [refused, meant] = await bench.finish();
  expect(refused?.log).toContain("Refusing to check out fork pull request code from a 'pull_request_target' workflow.");
  expect([refused?.run.conclusion, meant?.run.conclusion]).toEqual(['failure', 'success']);
});

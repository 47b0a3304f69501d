import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { git } from '../git/git.ts';
import { type LabBench, openLabBench, workflowOf } from './testing/bench.ts';

let bench: LabBench;
beforeAll(async () => {
  bench = await openLabBench({ parallel: 4 });
});
afterAll(() => bench.close());

const quiet = 'on: workflow_dispatch\njobs: {}\n';

test('submodules come by HTTPS and in GitHub’s SSH form, nested ones when asked, the token only where it is kept', async () => {
  const add = async (name: string, path: string, of: string, url: string): Promise<void> => {
    const cwd = join(bench.home, name);
    mkdirSync(join(cwd, path));
    const sha = await git(['rev-parse', 'HEAD'], { cwd: join(bench.home, of) });
    await git(['update-index', '--add', '--cacheinfo', `160000,${sha},${path}`], { cwd });
    const section = `submodule.${path}`;
    await git(['config', '--file', '.gitmodules', `${section}.path`, path], { cwd });
    await git(['config', '--file', '.gitmodules', `${section}.url`, url], { cwd });
  };
  await bench.push('leaf', quiet, { 'leaf.txt': 'leaf' });
  await bench.push('lib', quiet, { 'lib.txt': 'lib' });
  await add('lib', 'inner', 'leaf', '../leaf.git');
  await bench.push('lib', quiet);
  await bench.push('app', quiet);
  await add('app', 'one', 'lib', 'https://github.com/acme/lib.git');
  await add('app', 'two', 'leaf', 'git@github.com:acme/leaf.git');
  const steps = (more: string): string => `steps:
  - { uses: actions/checkout@v4, with: { ${more} } }
  - run: cat one/lib.txt two/leaf.txt; echo; ls one/inner
  - run: git -C two config --get-regexp 'include|extraheader' || echo no token in two; git -C \${{ matrix.fetch || 'one' }} fetch -q origin && echo fetched`;
  const run = await bench.push(
    'app',
    workflowOf({
      direct: `strategy: { matrix: { fetch: [two] } }\n${steps('submodules: true')}`,
      nested: steps('submodules: recursive, persist-credentials: false, fetch-depth: 0'),
      none: 'steps:\n  - uses: actions/checkout@v4\n  - run: ls one | wc -l',
    }),
  );
  expect(run.conclusions).toEqual(['direct (two) success', 'nested success', 'none success']);
  expect(run.logOf('nested')).toContain('libleaf');
  expect(run.logOf('nested')).toMatch(/^leaf\.txt$/m);
  expect(run.logOf('nested')).toContain('no token in two');
  expect(run.logOf('direct (two)')).not.toMatch(/^leaf\.txt$/m);
  expect(run.logOf('direct (two)')).toContain('include.path');
  expect(run.logOf('none')).toMatch(/^0$/m);
});

test('outputs, tags, filters and sparse folders are the action’s', async () => {
  await bench.push('tagged', quiet, { 'src/a.txt': 'a', 'doc/b.txt': 'b', 'c.txt': 'c' });
  const at = { cwd: join(bench.home, 'tagged'), env: bench.lab.env() };
  await git(['tag', 'v1'], at);
  await git(['push', '-q', `https://x:${bench.token}@github.com/acme/tagged.git`, 'v1'], at);
  const sha = await git(['rev-parse', 'HEAD'], at);
  const run = await bench.push(
    'tagged',
    workflowOf({
      job: `steps:
  - { uses: actions/checkout@v4, id: own }
  - { uses: actions/checkout@v4, id: sha, with: { ref: "${sha}", path: sha } }
  - { uses: actions/checkout@v4, id: tag, with: { ref: v1, path: tag } }
  - { uses: actions/checkout@v6, id: other, with: { repository: acme/tagged, ref: main, path: all, fetch-tags: true } }
  - { uses: actions/checkout@v4, with: { path: followed, fetch-tags: true } }
  - run: echo "followed [$(git -C followed tag)]"
  - run: |
      echo "own \${{ steps.own.outputs.ref }} \${{ steps.own.outputs.commit == github.sha }}"
      echo "sha [\${{ steps.sha.outputs.ref }}] \${{ steps.sha.outputs.commit }}"
      echo "tag \${{ steps.tag.outputs.ref }} \${{ steps.tag.outputs.commit }}"
      echo "tags $(git -C all tag) of $(git -C tag describe --tags)"
  - { uses: actions/checkout@v4, with: { path: patterns, sparse-checkout: "/src/*\\n!/src/none", sparse-checkout-cone-mode: false } }
  - run: 'echo "patterns $(ls patterns)"'
  - { uses: actions/checkout@v4, with: { path: sparse, sparse-checkout: src } }
  - run: 'echo "sparse $(ls sparse | xargs)"'
  - { uses: actions/checkout@v4, with: { path: sparse } }
  - run: 'echo "whole $(ls sparse | xargs)"'
  - { uses: actions/checkout@v4, continue-on-error: true, with: { lfs: true } }
  - { uses: actions/checkout@v4, continue-on-error: true, with: { ref: nowhere, path: x } }
  - { uses: actions/checkout@v4, continue-on-error: true, with: { repository: acme/none, path: x } }`,
    }),
  );
  expect(run.log).toMatch(/^own refs\/heads\/main true$/m);
  expect(run.log).toMatch(new RegExp(`^sha \\[\\] ${sha}$`, 'm'));
  expect(run.log).toMatch(new RegExp(`^tag v1 ${sha}$`, 'm'));
  expect(run.log).toMatch(/^tags v1 of v1$/m);
  expect(run.log).toMatch(/^followed \[\]$/m);
  expect(run.log).toMatch(/^patterns src$/m);
  expect(run.log).toMatch(/^sparse c\.txt src$/m);
  expect(run.log).toMatch(/^whole c\.txt doc src$/m);
  expect(run.log).toContain('The input lfs is not supported here');
  expect(run.log).toContain("A branch or tag with the name 'nowhere' could not be found");
  expect(run.log).toMatch(/##\[error\]The process 'git .*' failed with exit code 128: .*repository.*not found/i);
});

test('what is fetched without a process of git’s is what git would have fetched', async () => {
  await bench.push('plain', quiet, { 'a.txt': 'a' });
  const at = { cwd: join(bench.home, 'plain'), env: bench.lab.env() };
  await git(['-c', 'user.name=alice', '-c', 'user.email=a@acme.test', 'tag', '-a', '-m', 'first', 'v1'], at);
  const url = `https://x:${bench.token}@github.com/acme/plain.git`;
  await git(['push', '-q', url, 'v1', 'HEAD:refs/heads/side'], at);
  const run = await bench.push(
    'plain',
    workflowOf({
      job: `steps:
  - { uses: actions/checkout@v6, with: { path: own, fetch-depth: 0 } }
  - { uses: actions/checkout@v6, with: { path: gits, fetch-depth: 0, fetch-tags: true } }
  - { uses: actions/checkout@v6, with: { path: shallow } }
  - run: |
      state() { (cd $1; git for-each-ref; git symbolic-ref HEAD; git status --short --branch; git config --list --local | grep -v include); }
      diff <(state own) <(state gits) && git -C own fsck --full --strict && echo "the same: $(git -C own tag)"
      echo "shallow $(git -C shallow rev-list --count HEAD) $(cat shallow/.git/shallow | wc -l)"
      git -C shallow fetch -q --unshallow origin && echo "deep $(git -C shallow rev-list --count HEAD)"`,
    }),
  );
  expect(run.conclusions, run.log).toEqual(['job success']);
  expect(run.log).toMatch(/^the same: v1$/m);
  expect(run.log).toMatch(/^shallow 1 1$/m);
  expect(run.log).toMatch(/^deep 2$/m);
});

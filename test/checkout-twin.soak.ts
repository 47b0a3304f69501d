import { join } from 'node:path';
import { expect, test } from 'vitest';
import { git, runGit } from '../src/git/git.ts';
import { openLabBench, workflowOf } from '../src/lab/testing/bench.ts';

// What a checkout leaves: the built-in against the published code, where TRUNKLINE_ACTIONS has it.
const folder = process.env['TRUNKLINE_ACTIONS'] ?? '';
const cases: Readonly<Record<string, string>> = {
  plain: '',
  all: 'fetch-depth: 0',
  two: 'fetch-depth: 2',
  tags: 'fetch-tags: true',
  branch: 'ref: topic',
  full: 'ref: refs/heads/topic',
  tag: 'ref: v1',
  fulltag: 'ref: refs/tags/v1',
  other: 'repository: acme/lib',
  otherref: 'repository: acme/lib, ref: main, fetch-depth: 0',
  sparse: 'sparse-checkout: src',
  patterns: 'sparse-checkout: "/src/*", sparse-checkout-cone-mode: false',
  filter: 'filter: "blob:none"',
  unkept: 'persist-credentials: false',
  allbranch: 'ref: topic, fetch-depth: 0',
};

const steps = (name: string, inputs: string): string => `steps:
  - { uses: actions/checkout@v4, id: c, with: { ${inputs} } }
  - run: |
      echo "left ${name} ref=\${{ steps.c.outputs.ref }} own=\${{ steps.c.outputs.commit == github.sha }}"
      git status -sb | head -1 | sed 's/^/left ${name} status /'
      git branch -a | sed 's/^/left ${name} branch /; s/[0-9a-f]\\{7,\\}/SHA/'
      git tag | sed 's/^/left ${name} tag /'
      echo "left ${name} count $(git rev-list --count HEAD) head $(git symbolic-ref -q HEAD)"
      ls -A | xargs echo left ${name} files
      git config --local --get-regexp 'remote|branch|core\\.sparse|gc' | grep -v extraheader | sort | sed 's/^/left ${name} config /'
      git ls-remote -q origin HEAD > /dev/null && echo left ${name} reach
  - uses: actions/checkout@v4
  - run: |
      git status -sb | head -1 | sed 's/^/left ${name} then /'
      ls -A | xargs echo left ${name} then files`;

async function leftBy(real: boolean): Promise<readonly string[]> {
  const bench = await openLabBench({ parallel: 2, realActions: real, actions: folder });
  try {
    const quiet = 'on: workflow_dispatch\njobs: {}\n';
    await bench.push('lib', quiet);
    await bench.push('app', quiet, { 'src/a': 'a', 'doc/b': 'b' });
    const at = { cwd: join(bench.home, 'app'), env: bench.lab.env() };
    await git(['tag', 'v1'], at);
    await git(['branch', 'topic'], at);
    await git(['push', '-q', `https://x:${bench.token}@github.com/acme/app.git`, 'v1', 'topic'], at);
    const jobs = Object.entries(cases).map(([name, inputs]) => [name, steps(name, inputs)]);
    const { log } = await bench.push('app', workflowOf(Object.fromEntries(jobs)));
    return log
      .split('\n')
      .filter((line) => line.startsWith('left '))
      .sort();
  } finally {
    await bench.close();
  }
}

test('the built-in checkout leaves what actions/checkout v4 leaves', async () => {
  const args = ['cat-file', '-e', 'v4:dist/index.js'];
  const found =
    folder !== '' &&
    (await runGit(args, { cwd: join(folder, 'actions/checkout'), accept: [1, 128] }).then(
      ({ code }) => code === 0,
      () => false,
    ));
  if (!found) {
    process.stdout.write('not tried: actions/checkout@v4 (clone it into TRUNKLINE_ACTIONS)\n');
    return;
  }
  const published = await leftBy(true);
  expect(published.length).toBeGreaterThan(200);
  expect(await leftBy(false)).toEqual(published);
});

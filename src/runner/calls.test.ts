import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openWorkbench, type Workbench } from './testing/workbench.ts';

let bench: Workbench;
beforeEach(async () => {
  bench = await openWorkbench();
});
afterEach(() => bench.close());

const shown = (text: string): boolean =>
  bench.reports.some((report) => report.kind === 'line' && report.text.startsWith(text));

test('a matrix over a call, secrets inherited through two levels, outputs of the last that has any', async () => {
  bench.service.secrets = { TOP: 'hunter-22-x' };
  const middle = `on:
  workflow_call:
    inputs: { env: { type: string, required: true }, dry: { type: boolean } }
    outputs: { said: { value: '\${{ jobs.in.outputs.said }}' } }
jobs:
  in: { uses: ./.github/workflows/inner.yml, with: { env: '\${{ inputs.env }}', dry: '\${{ inputs.dry }}' }, secrets: inherit }
`;
  const inner = `on:
  workflow_call:
    inputs: { env: { type: string }, dry: { type: boolean, default: true } }
    outputs: { said: { value: '\${{ jobs.leaf.outputs.said }}' } }
jobs:
  leaf:
    runs-on: ubuntu-latest
    outputs: { said: '\${{ steps.s.outputs.said }}' }
    steps:
      - id: s
        env: { KEY: '\${{ secrets.TOP }}' }
        run: |
          [ "$KEY" = hunter-22-x ] && echo "\${{ inputs.env }} \${{ inputs.dry == false }} has it"
          echo "said=\${{ inputs.env }}" >> $GITHUB_OUTPUT
`;
  const { conclusions, log } = await bench.run(
    `on: push
jobs:
  deploy:
    strategy: { matrix: { env: [dev, prod] }, max-parallel: 1 }
    uses: ./.github/workflows/middle.yml
    with: { env: '\${{ matrix.env }}', dry: false }
    secrets: inherit
  after:
    needs: deploy
    runs-on: ubuntu-latest
    steps: [{ run: 'echo "last \${{ needs.deploy.outputs.said }} \${{ needs.deploy.result }}"' }]
`,
    { '.github/workflows/middle.yml': middle, '.github/workflows/inner.yml': inner },
  );
  expect(conclusions).toEqual([
    'deploy (dev) / in / leaf: success',
    'deploy (prod) / in / leaf: success',
    'after: success',
  ]);
  expect(log).toContain('\ndev true has it\n');
  expect(log).toContain('\nprod true has it\n');
  expect(log).toContain('\nlast prod success\n');
});

test('a matrix of calls fails fast: what runs in the others is cancelled', async () => {
  const called = `on: { workflow_call: { inputs: { n: { type: number } } } }
jobs:
  x: { runs-on: ubuntu-latest, steps: [{ run: 'if [ \${{ inputs.n }} = 1 ]; then sleep 0.2; exit 1; fi; sleep 60' }] }
`;
  const { conclusions } = await bench.run(
    `on: push
jobs:
  c:
    strategy: { matrix: { n: [1, 2] } }
    uses: ./.github/workflows/called.yml
    with: { n: '\${{ matrix.n }}' }
`,
    { '.github/workflows/called.yml': called },
  );
  expect([...conclusions].sort()).toEqual(['c (1) / x: failure', 'c (2) / x: cancelled']);
});

const locked = (group: string, script: string, more = ''): Record<string, string> => ({
  '.github/workflows/w.yml': `on: push
jobs:
  call: { uses: ./.github/workflows/called.yml${more} }
`,
  '.github/workflows/called.yml': `on: workflow_call
${group}jobs:
  x: { runs-on: ubuntu-latest, steps: [{ run: '${script}' }] }
`,
});

test.each([
  ['the calling job', '', ', concurrency: { group: lock, queue: max }'],
  ['the called workflow', 'concurrency: { group: "lock-${{ github.workflow }}", queue: max }\n', ''],
])('concurrency of %s holds for the whole call', async (_, group, more) => {
  const script = 'echo in $GITHUB_RUN_NUMBER; sleep 0.2; echo out $GITHUB_RUN_NUMBER';
  const sha = await bench.commit(locked(group, script, more));
  for (let index = 0; index < 3; index += 1) bench.send(sha);
  await bench.finish();
  const order = bench.reports.flatMap((report) =>
    report.kind === 'line' && /^(?:in|out) \d/.test(report.text) ? [report.text] : [],
  );
  expect(order).toEqual(['in 1', 'out 1', 'in 2', 'out 2', 'in 3', 'out 3']);
});

test('a newer call cancels the one in progress, and a group within itself is a deadlock', async () => {
  const group = 'concurrency: { group: lock, cancel-in-progress: true }\n';
  const sha = await bench.commit(locked(group, 'if [ $GITHUB_RUN_NUMBER = 1 ]; then sleep 60; fi'));
  bench.send(sha);
  while (!shown('shell:')) await delay(5);
  bench.send(sha);
  expect((await bench.finish()).map(({ run }) => run.conclusion)).toEqual(['cancelled', 'success']);
  const { '.github/workflows/w.yml': caller, ...files } = locked('concurrency: top\n', 'echo never');
  const { run, log, conclusions } = await bench.run(`concurrency: top\n${caller}`, files);
  expect(run.conclusion).toBe('cancelled');
  expect(conclusions).toEqual(['call: cancelled']);
  expect(log).toContain("a deadlock for concurrency group 'top' was detected");
});

test('a cancelled job’s always() steps and what comes after get their time, and no more', async () => {
  const sha = await bench.commit({
    '.github/workflows/w.yml': `on: push
jobs:
  job:
    runs-on: ubuntu-latest
    cancel-timeout-minutes: 0.005
    steps:
      - uses: actions/checkout@v4
      - run: sleep 600
      - { if: always(), run: echo held; sleep 600 }
`,
  });
  bench.send(sha);
  while (!shown('sleep 600')) await delay(5);
  bench.service.send({ kind: 'cancel', runId: [...bench.service.runs.keys()][0] ?? 0, force: false });
  const [seen] = await bench.finish();
  expect(seen?.conclusions).toEqual(['job: cancelled']);
  expect(seen?.log).toContain('\nheld\n');
});

test('a workflow of a repository that only a folder of published ones has is called from there, whatever it calls itself', async () => {
  await bench.close();
  const published: Record<string, string> = {
    'shared.yml': 'on: workflow_call\njobs:\n  inner: { uses: ./.github/workflows/deep.yml }\n',
    'deep.yml': `on: workflow_call
jobs:
  x: { runs-on: ubuntu-latest, steps: [{ run: 'echo "deep in \${{ job.workflow_ref }}"' }] }
`,
  };
  bench = await openWorkbench({
    actions: [
      {
        label: 'the folder',
        fetch: async (repository, ref, folder) => {
          if (repository !== 'octo/shared' || (ref !== 'v1' && ref !== 'c'.repeat(40))) return undefined;
          mkdirSync(join(folder, '.github/workflows'), { recursive: true });
          for (const [name, text] of Object.entries(published)) {
            writeFileSync(join(folder, '.github/workflows', name), text);
          }
          return 'c'.repeat(40);
        },
      },
    ],
  });
  const call = (name: string): string => `on: push\njobs:\n  a: { uses: octo/shared/.github/workflows/${name}@v1 }\n`;
  const { conclusions, log } = await bench.run(call('shared.yml'));
  expect(conclusions).toEqual(['a / inner / x: success']);
  expect(log).toContain('\ndeep in octo/shared/.github/workflows/deep.yml@v1\n');
  expect((await bench.run(call('nothing.yml'))).run.conclusion).not.toBe('success');
});

test('defaults of workflow and job count for the job’s own steps', async () => {
  const { run, log } = await bench.run(`on: push
defaults: { run: { shell: sh, working-directory: sub } }
jobs:
  a:
    runs-on: ubuntu-latest
    defaults: { run: { working-directory: other } }
    steps:
      - { working-directory: ., run: mkdir -p sub other }
      - run: basename "$PWD"
      - { shell: bash, working-directory: sub, run: 'basename "$PWD"' }
`);
  expect(run.conclusion).toBe('success');
  expect(log).toMatch(/shell: \S+\/sh -e \{0\}\n##\[endgroup\]\nother\n/);
  expect(log).toMatch(/shell: \S+\/bash --noprofile --norc -e -o pipefail \{0\}\n##\[endgroup\]\nsub\n/);
});

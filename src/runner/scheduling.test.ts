import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openWorkbench, type SeenRun, type Workbench } from './testing/workbench.ts';

let bench: Workbench;
beforeEach(async () => {
  bench = await openWorkbench();
});
afterEach(() => bench.close());

const one = (head: string, script: string): string =>
  `on: [push]\n${head}jobs:\n  job:\n    runs-on: ubuntu-latest\n    steps: [{ run: ${JSON.stringify(script)} }]\n`;

test('queue max runs in the order of the events', async () => {
  const sha = await bench.commit({
    '.github/workflows/w.yml': one('concurrency: { group: g, queue: max }\n', 'echo "run ${{ github.run_number }}"'),
  });
  for (let index = 0; index < 8; index += 1) bench.send(sha);
  await bench.finish();
  const lines = bench.reports.flatMap((report) =>
    report.kind === 'line' && /^run \d/.test(report.text) ? [report.text] : [],
  );
  expect(lines).toEqual([1, 2, 3, 4, 5, 6, 7, 8].map((number) => `run ${number}`));
});

test('a single queue keeps the newest; cancel-in-progress ends the one under way', async () => {
  const sha = await bench.commit({ '.github/workflows/w.yml': one('concurrency: G${{ github.ref }}\n', 'sleep 0.3') });
  for (let index = 0; index < 4; index += 1) bench.send(sha);
  expect((await bench.finish()).map(({ run }) => run.conclusion)).toEqual([
    'success',
    'cancelled',
    'cancelled',
    'success',
  ]);
  const other = await bench.commit({
    '.github/workflows/w.yml': one(
      'concurrency: { group: g, cancel-in-progress: true }\n',
      'sleep ${{ github.run_number == 5 && 60 || 0 }}',
    ),
  });
  bench.send(other);
  await delay(150);
  bench.send(other);
  expect((await bench.finish()).slice(4).map(({ run }) => run.conclusion)).toEqual(['cancelled', 'success']);
});

const called = `on:
  workflow_call:
    inputs: { who: { type: string, required: true }, times: { type: number, default: 2 } }
    secrets: { key: { required: true } }
    outputs: { said: { value: '\${{ jobs.inner.outputs.said }}' } }
jobs:
  inner:
    runs-on: ubuntu-latest
    outputs: { said: '\${{ steps.s.outputs.said }}' }
    steps:
      - { id: s, run: 'echo "said=\${{ inputs.who }} \${{ inputs.times }}" >> $GITHUB_OUTPUT' }
      - { run: '[ "$KEY" = hunter-22-x ] && echo has the key', env: { KEY: '\${{ secrets.key }}' } }
`;

test('reusable workflows take inputs and secrets, give outputs, and are named after their caller', async () => {
  bench.service.secrets = { TOP: 'hunter-22-x' };
  const { conclusions, log, run } = await bench.run(
    `on: push
permissions: { contents: read, issues: write }
jobs:
  call:
    uses: ./.github/workflows/called.yml
    permissions: { contents: read }
    with: { who: world }
    secrets: { key: '\${{ secrets.TOP }}' }
  after:
    needs: call
    runs-on: ubuntu-latest
    steps: [{ run: 'echo "got \${{ needs.call.outputs.said }}"' }]
`,
    { '.github/workflows/called.yml': called },
  );
  expect(conclusions).toEqual(['call / inner: success', 'after: success']);
  expect(log).toContain('has the key');
  expect(log).toContain('got world 2');
  expect(run.conclusion).toBe('success');
  expect(bench.service.grants.map((grant) => grant.permissions)).toEqual([
    { contents: 'read' },
    { contents: 'read', issues: 'write' },
  ]);
  expect(bench.service.grants[0]?.jobWorkflowRef).toBe('acme/app/.github/workflows/called.yml@refs/heads/main');
});

test('a rerun of failed jobs keeps the outputs of the others', async () => {
  const first = await bench.run(`on: push
jobs:
  make:
    runs-on: ubuntu-latest
    outputs: { v: '\${{ steps.s.outputs.v }}' }
    steps: [{ id: s, run: 'echo v=\${{ github.run_attempt }} >> $GITHUB_OUTPUT' }]
  flaky:
    needs: make
    runs-on: ubuntu-latest
    steps: [{ run: 'echo "v is \${{ needs.make.outputs.v }}"; [ \${{ github.run_attempt }} = 2 ]' }]
  last:
    needs: flaky
    runs-on: ubuntu-latest
    steps: [{ run: 'true' }]
`);
  expect(first.conclusions).toEqual(['make: success', 'flaky: failure', 'last: skipped']);
  const run = { ...first.run, attempt: 2, status: 'queued' as const, conclusion: null };
  bench.service.runs.set(run.id, run);
  const event = bench.service.events.get(run.eventId);
  if (event === undefined) throw new Error('the event is kept');
  bench.service.send({ kind: 'rerun', run, event, jobs: 'failed', debug: false });
  const [again] = await bench.finish();
  expect(again?.conclusions).toEqual(['make: success', 'flaky: success', 'last: success']);
  expect(again?.log).toContain('v is 1');
  expect(again?.run.conclusion).toBe('success');
});

test('what an ended runner left: running jobs are lost, waiting ones go on', async () => {
  const open = new Promise<{ entered: true }>(() => undefined);
  bench.service.environments = { gate: open };
  const sha = await bench.commit({
    '.github/workflows/w.yml': `on: push
jobs:
  long:
    runs-on: ubuntu-latest
    steps: [{ run: sleep 600 }]
  gated:
    runs-on: ubuntu-latest
    environment: { name: gate, url: 'https://x.test/\${{ steps.s.outputs.v }}' }
    steps: [{ id: s, run: 'echo v=1 >> $GITHUB_OUTPUT' }]
`,
  });
  bench.send(sha);
  while (!bench.reports.some((report) => report.kind === 'line' && report.text.startsWith('shell:'))) await delay(5);
  await bench.runner.stop();
  expect([...bench.service.runs.values()].map((run) => run.status)).toEqual(['in_progress']);
  bench.service.environments = {};
  bench.restart();
  const [seen] = await bench.finish();
  expect([...(seen?.conclusions ?? [])].sort()).toEqual(['gated: success', 'long: failure']);
  expect(seen?.run.conclusion).toBe('failure');
  const kept = [...bench.service.jobs.values()];
  expect(kept.find((one) => one.job.name === 'long')?.annotations[0]?.message).toContain('lost communication');
  expect(kept.find((one) => one.job.name === 'gated')?.environmentUrl).toBe('https://x.test/1');
});

test('a refused environment fails the job with its reason', async () => {
  bench.service.environments = { prod: Promise.resolve({ entered: false, reason: 'Branch "main" is not allowed' }) };
  const { conclusions, log } = await bench.run(
    'on: push\njobs:\n  d:\n    runs-on: ubuntu-latest\n    environment: prod\n    steps: [{ run: echo never }]\n',
  );
  expect(conclusions).toEqual(['d: failure']);
  expect(log).toContain('Branch "main" is not allowed');
});

test('a file that GitHub refuses is a failed start; run-name is the title', async () => {
  const broken = await bench.run('on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps: [{ nope: 1 }]\n');
  expect(broken.run.conclusion).toBe('startup_failure');
  const named = await bench.run(one('run-name: "Run ${{ github.run_number }} by ${{ github.actor }}"\n', 'true'));
  expect(named.run.title).toBe('Run 2 by alice');
});

test('a called workflow sees what was passed, and over it the secrets of its environment', async () => {
  bench.service.secrets = { TOP: 'caller-top-1', KEY: 'environment-key-2', LATE: 'environment-late-3' };
  bench.service.callerSecrets = { TOP: 'caller-top-1', KEY: 'repository-key-4' };
  const say = (name: string): string => `\${{ contains(secrets.${name}, '-') && secrets.${name} || 'nothing' }}`;
  const { log } = await bench.run(
    `on: push
jobs:
  call:
    uses: ./.github/workflows/called.yml
    secrets: { key: '\${{ secrets.KEY }}', other: '\${{ secrets.KEY }}', token: '\${{ secrets.GITHUB_TOKEN }}' }
`,
    {
      '.github/workflows/called.yml': `on:
  workflow_call: { secrets: { key: { required: true }, other: {}, token: {} } }
jobs:
  inner:
    runs-on: ubuntu-latest
    environment: prod
    steps:
      - env: { KEY: "${say('key')}", OTHER: "${say('other')}", LATE: "${say('LATE')}", TOP: "${say('TOP')}", TOKEN: "\${{ secrets.token }}" }
        run: |
          [ "$KEY" = environment-key-2 ] && [ "$OTHER" = repository-key-4 ] && [ "$LATE" = environment-late-3 ] || exit 1
          [ "$TOP" = nothing ] && [ "$TOKEN" = "\${{ github.token }}" ] && echo as on GitHub
`,
    },
  );
  expect(log).toContain('\nas on GitHub\n');
});

test('a grant that the forge cannot give is told as that', async () => {
  bench.service.grantFailure = new Error('no space left on device');
  const { conclusions, log } = await bench.run(one('', 'echo never'));
  expect(conclusions).toEqual(['job: failure']);
  expect(log).toContain("the job's token and secrets could not be had: no space left on device");
});

test('a job that its environment let in is queued until it starts', async () => {
  let enter = (): void => undefined;
  bench.service.environments = {
    gate: new Promise((resolve) => {
      enter = () => resolve({ entered: true });
    }),
  };
  const sha = await bench.commit({
    '.github/workflows/w.yml':
      'on: push\njobs:\n  d:\n    runs-on: ubuntu-latest\n    environment: gate\n    steps: [{ run: "true" }]\n',
  });
  bench.send(sha);
  const statuses = (): readonly string[] =>
    bench.reports.flatMap((report) => (report.kind === 'job' ? [report.job.status] : []));
  while (!statuses().includes('waiting')) await delay(5);
  enter();
  await bench.finish();
  expect([...new Set(statuses())]).toEqual(['queued', 'waiting', 'in_progress', 'completed']);
  expect(statuses().slice(0, 4)).toEqual(['queued', 'waiting', 'queued', 'in_progress']);
});

test('calls may nest, up to ten levels', async () => {
  const call = (next: string): string =>
    `on: workflow_call\njobs:\n  call:\n    uses: ./.github/workflows/${next}.yml\n`;
  const leaf = 'on: workflow_call\njobs:\n  leaf:\n    runs-on: ubuntu-latest\n    steps: [{ run: echo deep }]\n';
  const nested = (levels: number): Record<string, string> =>
    Object.fromEntries(
      Array.from({ length: levels }, (_, index) => [
        `.github/workflows/l${index + 2}.yml`,
        index + 1 === levels ? leaf : call(`l${index + 3}`),
      ]),
    );
  const top = 'on: push\njobs:\n  top:\n    uses: ./.github/workflows/l2.yml\n';
  const three = await bench.run(top, nested(3));
  expect(three.conclusions).toEqual(['top / call / call / leaf: success']);
  expect((await bench.run(top, nested(9))).run.conclusion).toBe('success');
  expect((await bench.run(top, nested(10))).run.conclusion).toBe('startup_failure');
});

const rerun = (seen: SeenRun, jobs: 'all' | 'failed' | number): void => {
  const run = { ...seen.run, attempt: seen.run.attempt + 1, status: 'queued' as const, conclusion: null };
  bench.service.runs.set(run.id, run);
  const event = bench.service.events.get(run.eventId);
  if (event === undefined) throw new Error('the event is kept');
  bench.service.send({ kind: 'rerun', run, event, jobs, debug: false });
};

test('a rerun of one job runs it and what needs it, and keeps the others', async () => {
  const job = (id: string, needs: string): string =>
    `  ${id}:\n    runs-on: ubuntu-latest\n${needs}    steps: [{ run: 'echo ${id} in attempt \${{ github.run_attempt }}' }]\n`;
  const first = await bench.run(
    `on: push\njobs:\n${job('a', '')}${job('b', '    needs: a\n')}${job('c', '    needs: b\n')}${job('d', '')}`,
  );
  const id = first.jobs['b']?.id;
  if (id === undefined) throw new Error('job b is there');
  rerun(first, id);
  const [again] = await bench.finish();
  expect([...(again?.conclusions ?? [])].sort()).toEqual(['a: success', 'b: success', 'c: success', 'd: success']);
  expect(again?.log.match(/^\w in attempt 2$/gm)).toEqual(['b in attempt 2', 'c in attempt 2']);
});

test('a forced cancellation ends always() steps too', async () => {
  const sha = await bench.commit({
    '.github/workflows/w.yml': `on: push
jobs:
  job:
    runs-on: ubuntu-latest
    steps:
      - run: sleep 600
      - { if: always(), run: "trap '' INT TERM; echo holding; sleep 600" }
`,
  });
  bench.send(sha);
  const shown = (text: string): boolean =>
    bench.reports.some((report) => report.kind === 'line' && report.text.startsWith(text));
  while (!shown('shell:')) await delay(5);
  const runId = [...bench.service.runs.keys()][0] ?? 0;
  bench.service.send({ kind: 'cancel', runId, force: false });
  while (!shown('holding')) await delay(5);
  bench.service.send({ kind: 'cancel', runId, force: true });
  const [seen] = await bench.finish();
  expect(seen?.conclusions).toEqual(['job: cancelled']);
});

test('no more jobs run at once than there are places', async () => {
  await bench.close();
  bench = await openWorkbench({ parallel: 6 });
  const { run } = await bench.run(`on: push
jobs:
  each:
    runs-on: ubuntu-latest
    strategy: { matrix: { n: [1, 2, 3, 4, 5, 6, 7, 8] } }
    steps: [{ run: sleep 0.2 }]
`);
  expect(run.conclusion).toBe('success');
  let most = 0;
  const running = new Set<number>();
  for (const report of bench.reports) {
    if (report.kind !== 'job') continue;
    if (report.job.status === 'in_progress') running.add(report.job.id);
    if (report.job.status === 'completed') running.delete(report.job.id);
    most = Math.max(most, running.size);
  }
  expect(most).toBe(6);
});

import { afterEach, beforeEach, expect, test } from 'vitest';
import { openWorkbench, type Workbench } from '../testing/workbench.ts';

let bench: Workbench;
beforeEach(async () => {
  bench = await openWorkbench();
});
afterEach(() => bench.close());

const workflow = (steps: string): string =>
  `on: push\njobs:\n  job:\n    runs-on: ubuntu-latest\n    steps:\n${steps.replaceAll(/^/gm, '      ')}\n`;

const until = (file: string): string => `until [ -e ${file} ]; do sleep 0.01; done`;

const ends = (steps: readonly { name: string; conclusion: string | null }[] = []): readonly string[] =>
  steps.slice(1, -1).map(({ name, conclusion }) => `${name}: ${conclusion}`);

test('a background step runs beside the others; what it sets is seen once it was waited for', async () => {
  const { log, run, jobs } = await bench.run(
    workflow(`- id: server
  background: true
  run: |
    ${until('go')}
    echo "out=yes" >> "$GITHUB_OUTPUT"; echo "KEPT=it" >> "$GITHUB_ENV"; echo "$PWD/bin" >> "$GITHUB_PATH"
    echo "# From beside" >> "$GITHUB_STEP_SUMMARY"; echo "served"
- run: echo "before [\${{ steps.server.outputs.out }}] [$KEPT]"; touch go
- { id: w, wait: [server] }
- run: echo "after [\${{ steps.server.outputs.out }}] [$KEPT] \${{ steps.server.conclusion }} \${{ steps.w.outcome }} \${PATH%%:*}"`),
  );
  expect(run.conclusion).toBe('success');
  expect(log).toContain('\nbefore [] []\n');
  expect(log).toMatch(/\nafter \[yes\] \[it\] success success \S+\/bin\n/);
  expect(log).toContain('\nserver │ served\n');
  expect(log).toContain(
    '\nFinished waiting for background step(s).\n  Run until [ -e go ]; do sleep 0.01; done: Succeeded\n',
  );
  expect([...bench.service.jobs.values()][0]?.summary).toContain('From beside');
  expect(ends(jobs['job']?.steps).map((line) => line.replace(/ echo.*/, ''))).toEqual([
    'Run until [ -e go ]; do sleep 0.01; done: success',
    'Run',
    'Wait: success',
    'Run',
  ]);
});

test('a failure beside fails the step that waits for it, unless one of the two forgives it', async () => {
  const failed = await bench.run(
    workflow(`- { id: bad, background: true, run: exit 3 }
- run: echo goes on
- { name: Here, wait: bad }
- run: echo never
- { wait-all: }`),
  );
  expect(failed.run.conclusion).toBe('failure');
  expect(ends(failed.jobs['job']?.steps)).toEqual([
    'Run exit 3: failure',
    'Run echo goes on: success',
    'Here: failure',
    'Run echo never: skipped',
    'Wait for all: success',
  ]);
  const forgiven = await bench.run(
    workflow(`- { id: bad, background: true, run: exit 3, continue-on-error: true }
- { wait: bad }
- { id: worse, background: true, run: exit 4 }
- { id: all, wait-all: true, continue-on-error: true }
- run: 'echo "\${{ steps.bad.outcome }} \${{ steps.bad.conclusion }} \${{ steps.worse.conclusion }} \${{ steps.all.outcome }} \${{ steps.all.conclusion }}"'`),
  );
  expect(forgiven.run.conclusion).toBe('success');
  expect(forgiven.log).toContain('\nfailure success failure failure success\n');
});

test('a step that is cancelled may clean up, leaves nothing behind and does not count', async () => {
  const { log, run, jobs } = await bench.run(
    workflow(`- id: server
  background: true
  run: trap 'echo cleaned; exit 0' INT; touch up; while true; do sleep 0.01; done
- run: ${until('up')}
- { cancel: server }
- run: echo "\${{ steps.server.outcome }} \${{ job.status }}"`),
  );
  expect(run.conclusion).toBe('success');
  expect(log).toContain('\nserver │ cleaned\n');
  expect(log).toContain('\ncancelled success\n');
  expect(log).not.toContain('Terminate orphan process');
  expect(ends(jobs['job']?.steps).slice(2)).toEqual(['Cancel: success', 'Run echo "cancelled success": success']);
});

test('a parallel group runs at once and is waited for, and what nobody waits for is waited for at the end', async () => {
  const { log, run, jobs } = await bench.run(
    workflow(`- parallel:
    - { id: one, run: "touch one; ${until('two')}; echo x=1 >> $GITHUB_OUTPUT" }
    - { run: "touch two; ${until('one')}" }
- run: echo "got \${{ steps.one.outputs.x }}"
- { background: true, name: Late, run: "${until('end')}; exit 1" }
- run: touch end`),
  );
  expect(log).toContain('\ngot 1\n');
  expect(run.conclusion).toBe('failure');
  expect(ends(jobs['job']?.steps).slice(2)).toEqual([
    'Parallel group: success',
    'Run echo "got 1": success',
    'Late: failure',
    'Run touch end: success',
    'Wait for all background steps: failure',
  ]);
});

test('ten run at once; one more waits for a place', async () => {
  const steps = Array.from(
    { length: 10 },
    (_, index) => `- { background: true, run: "touch s${index}; ${until('go')}" }`,
  );
  const { log, run } = await bench.run(
    workflow(`${steps.join('\n')}
- { background: true, run: touch eleventh }
- run: |
    for n in 0 1 2 3 4 5 6 7 8 9; do ${until('s$n')}; done
    ls eleventh || echo "it waits"; touch go
- { wait-all: }
- run: ls eleventh`),
  );
  expect(run.conclusion).toBe('success');
  expect(log).toContain('\nit waits\n');
});

test('the end of the run ends what runs beside, whatever its condition says', async () => {
  const sha = await bench.commit({
    '.github/workflows/w.yml': workflow(`- { id: b, background: true, if: always(), run: "touch up; sleep 1000" }
- run: ${until('up')}; echo ready; sleep 1000
- { if: always(), run: echo "at the end" }`),
  });
  bench.send(sha);
  await expect.poll(() => bench.reports.some((report) => report.kind === 'line' && report.text === 'ready')).toBe(true);
  bench.service.send({ kind: 'cancel', runId: [...bench.service.runs.keys()].at(-1) ?? 0, force: false });
  const seen = (await bench.finish()).at(-1);
  expect(seen?.run.conclusion).toBe('cancelled');
  expect(seen?.log).toContain('\nat the end\n');
  expect(seen?.log).toContain('\nb │ ##[error]The operation was canceled.\n');
});

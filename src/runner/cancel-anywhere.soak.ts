import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { openWorkbench } from './testing/workbench.ts';

const workflow = `on: push
jobs:
  first:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: (setsid sleep 300 &) ; echo one
      - run: for n in 1 2 3; do echo $n; sleep 0.02; done
      - uses: ./action
      - { if: always(), run: echo always }
  second:
    needs: first
    runs-on: ubuntu-latest
    strategy: { matrix: { n: [1, 2] } }
    steps: [{ run: "trap '' INT; sleep 0.1 & wait" }]
`;
const action = `runs:
  using: composite
  steps:
    - { shell: bash, run: sleep 300 & echo inside }
    - { shell: bash, run: sleep 0.05 }
`;

/** Processes that a job of this workbench started. */
function left(folder: string): readonly string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/environ`, 'latin1').includes(folder);
    } catch {
      return false;
    }
  });
}

test('a run cancelled after any of its reports ends, is cancelled or done, and leaves no process', async () => {
  const bench = await openWorkbench();
  try {
    const { run } = await bench.run(workflow, { 'action/action.yml': action });
    expect(run.conclusion).toBe('success');
    const points = bench.reports.length;
    expect(points).toBeGreaterThan(60);
    for (let point = 1; point <= points; point += 1) {
      bench.reports.length = 0;
      bench.send(run.sha);
      while (bench.reports.length < point) {
        if (bench.reports.some((report) => report.kind === 'run' && report.run.status === 'completed')) break;
        await delay(1);
      }
      const id = Math.max(...bench.service.runs.keys());
      bench.service.send({ kind: 'cancel', runId: id, force: false });
      const seen = (await bench.finish()).at(-1);
      const conclusions = Object.values(seen?.jobs ?? {}).map((job) => job.conclusion);
      const expected = conclusions.includes('cancelled') ? 'cancelled' : 'success';
      expect([point, seen?.run.status, seen?.run.conclusion]).toEqual([point, 'completed', expected]);
      expect([point, conclusions.filter((one) => one === null || one === 'failure')]).toEqual([point, []]);
      expect([point, left(bench.folder)]).toEqual([point, []]);
    }
  } finally {
    await bench.close();
  }
});

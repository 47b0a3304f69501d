import { expect, test } from 'vitest';
import { openWorkbench } from './testing/workbench.ts';

const groups = 20;
const runs = 200;

/** One workflow for each group; the job says which run it belongs to. */
const files = (queue: 'single' | 'max'): Record<string, string> =>
  Object.fromEntries(
    Array.from({ length: groups }, (_, group) => [
      `.github/workflows/g${group}.yml`,
      `on: workflow_dispatch
concurrency: { group: g${group}, queue: ${queue} }
jobs:
  job:
    runs-on: ubuntu-latest
    steps: [{ run: 'echo "g${group} run \${{ github.run_number }}"' }]
`,
    ]),
  );

test('queues that keep all run them in the order of the events', async () => {
  const bench = await openWorkbench();
  try {
    const sha = await bench.commit(files('max'));
    for (let index = 0; index < runs; index += 1) {
      const path = `.github/workflows/g${index % groups}.yml`;
      bench.send(sha, { name: 'workflow_dispatch', workflow: path, payload: { inputs: {} } });
    }
    const seen = await bench.finish();
    expect(seen.map(({ run }) => run.conclusion)).toEqual(Array.from({ length: runs }, () => 'success'));
    const lines = bench.reports.flatMap((report) =>
      report.kind === 'line' && /^g\d+ run \d+$/.test(report.text) ? [report.text] : [],
    );
    expect(lines).toHaveLength(runs);
    for (let group = 0; group < groups; group += 1) {
      const numbers = lines.flatMap((line) => (line.startsWith(`g${group} `) ? [Number(line.split(' ').at(-1))] : []));
      expect(numbers).toEqual(Array.from({ length: runs / groups }, (_, index) => group + 1 + index * groups));
    }
  } finally {
    await bench.close();
  }
});

test('queues that keep one run the first and the newest', async () => {
  const bench = await openWorkbench();
  try {
    const sha = await bench.commit(files('single'));
    // A group's runs are asked for together, so that the first still runs when the last arrives.
    for (let index = 0; index < runs; index += 1) {
      const path = `.github/workflows/g${Math.floor(index / (runs / groups))}.yml`;
      bench.send(sha, { name: 'workflow_dispatch', workflow: path, payload: { inputs: {} } });
    }
    const seen = await bench.finish();
    for (let group = 0; group < groups; group += 1) {
      const own = seen.filter(({ run }) => run.path === `.github/workflows/g${group}.yml`);
      const conclusions = own.map(({ run }) => run.conclusion);
      expect(conclusions.at(0)).toBe('success');
      expect(conclusions.at(-1)).toBe('success');
      expect(conclusions.every((one) => one === 'success' || one === 'cancelled')).toBe(true);
      // What ran did so in the order of the events, and a run is displaced by the one right after it or not at all.
      const ran = own.filter(({ run }) => run.conclusion === 'success').map(({ run }) => run.number);
      const lines = bench.reports.flatMap((report) =>
        report.kind === 'line' && report.text.startsWith(`g${group} run `)
          ? [Number(report.text.split(' ').at(-1))]
          : [],
      );
      expect(lines).toEqual(ran);
      expect(own.filter(({ run }) => run.conclusion === 'cancelled').flatMap(({ jobs }) => Object.keys(jobs))).toEqual(
        [],
      );
    }
  } finally {
    await bench.close();
  }
});

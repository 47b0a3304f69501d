import { afterAll, beforeAll, expect, test } from 'vitest';
import { type LabBench, openLabBench, workflowOf } from './testing/bench.ts';

let bench: LabBench;
beforeAll(async () => {
  bench = await openLabBench();
});
afterAll(() => bench.close());

test('an artifact of a gigabyte goes up and comes down without being held in memory', async () => {
  const before = process.memoryUsage().rss;
  let most = 0;
  const watch = setInterval(() => {
    most = Math.max(most, process.memoryUsage().rss - before);
  }, 50);
  const job = `steps:
  - run: head -c 1000000000 /dev/urandom > big; sha256sum big | cut -c1-64 > sum
  - { uses: actions/upload-artifact@v4, with: { name: big, path: big, compression-level: 0 } }
  - { uses: actions/download-artifact@v4, with: { name: big, path: back } }
  - run: test "$(sha256sum back/big | cut -c1-64)" = "$(cat sum)"`;
  const { conclusions, jobs } = await bench.push('big', workflowOf({ job }));
  clearInterval(watch);
  expect(conclusions).toEqual(['job success']);
  const seconds = jobs['job']?.steps.map(({ name, startedAt, completedAt }) => {
    const ms = Date.parse(completedAt ?? '') - Date.parse(startedAt ?? '');
    return `${name.slice(0, 40)}: ${(ms / 1000).toFixed(1)} s`;
  });
  process.stdout.write(`${seconds?.join('\n')}\nmemory: ${Math.round(most / 1024 / 1024)} MB more than before\n`);
  expect(most).toBeLessThan(250 * 1024 * 1024);
});

import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { JobLogs } from './job-logs.ts';
import { logPath } from './log-path.ts';
import { openWorld, type World } from './testing/world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

test('a full disk loses nothing of a log, and no error gets away', async () => {
  if (!existsSync('/dev/full')) return process.stdout.write('not tried: logs on a full disk (no /dev/full here)\n');
  await world.push('main', { 'a.txt': 'a' });
  const run = await world.openRun(await world.nextEvent('push'));
  const [job] = await world.running.runs.openJobs(run.id, [{ name: 'build', jobId: 'build', labels: [] }]);
  const { forge } = world.running;
  const row = forge.store.jobs.get(job?.id ?? 0);
  if (row === undefined) throw new Error('no job was opened');
  const path = logPath(forge, row);
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync('/dev/full', path);
  const logs = new JobLogs(forge);
  logs.append(row.id, 'one\n');
  logs.flush(row.id);
  logs.append(row.id, `${'x'.repeat(70_000)}\n`);
  logs.append(row.id, 'three\n');
  rmSync(path);
  logs.close();
  expect(readFileSync(path, 'utf8')).toBe(`one\n${'x'.repeat(70_000)}\nthree\n`);
  return undefined;
});

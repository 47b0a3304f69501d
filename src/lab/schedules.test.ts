import { afterAll, beforeAll, expect, test } from 'vitest';
import { openWorld, type World } from '../forge/actions/testing/world.ts';
import { openSchedules, type Schedules } from './schedules.ts';

let world: World;
let schedules: Schedules;
const steps = 'jobs: { a: { runs-on: ubuntu-latest, steps: [{ run: "true" }] } }\n';

beforeAll(async () => {
  world = await openWorld();
  await world.push('main', {
    '.github/workflows/nightly.yml': `on:\n  schedule:\n    - cron: '30 2 * * *'\n    - cron: '0 8 * * 1-5'\n      timezone: Europe/Berlin\n${steps}`,
    '.github/workflows/often.yml': `on: { schedule: [{ cron: '*/15 * * * *' }], push: }\n${steps}`,
  });
  await world.push('beside', { '.github/workflows/beside.yml': `on: { schedule: [{ cron: '* * * * *' }] }\n${steps}` });
  schedules = openSchedules(world.running, world.clock);
});
afterAll(() => world.close());

const names = async (count: number): Promise<readonly string[]> => {
  const seen: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const event = await world.nextEvent('schedule');
    seen.push(`${event.workflow?.split('/').at(-1)} ${event.payload['schedule']} ${event.ref}`);
    await world.running.runs.openRuns(event.id, []);
  }
  return seen;
};

test('a schedule is fired by hand, of the default branch alone', async () => {
  expect(await schedules.fire('acme/app', { workflow: 'often.yml' })).toBe(1);
  expect(await names(1)).toEqual(['often.yml */15 * * * * refs/heads/main']);
  expect(await schedules.fire('acme/app')).toBe(3);
  expect(await names(3)).toHaveLength(3);
  await expect(schedules.fire('acme/nothing')).rejects.toThrow('found none');
});

test('between two times all come round that fall there, in their time zones', async () => {
  const at = (text: string): number => Date.parse(`2026-01-05T${text}:00Z`);
  // Monday: eight in Berlin is seven here.
  expect(await schedules.between(at('02:29'), at('02:31'))).toBe(2);
  expect(await names(2)).toEqual(['nightly.yml 30 2 * * * refs/heads/main', 'often.yml */15 * * * * refs/heads/main']);
  expect(await schedules.between(at('06:59'), at('07:00'))).toBe(2);
  expect([...(await names(2))].sort()[0]).toBe('nightly.yml 0 8 * * 1-5 refs/heads/main');
});

test('a clock that is moved brings them round', async () => {
  const ended = new AbortController();
  const following = schedules.follow(ended.signal);
  world.clock.forward(60_000);
  for (let minutes = 0; minutes < 15; minutes += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    world.clock.forward(60_000);
  }
  expect(await names(1)).toEqual(['often.yml */15 * * * * refs/heads/main']);
  ended.abort();
  world.clock.forward(60_000);
  await following;
});

import { expect, test } from 'vitest';
import type { Clock } from '../ports.ts';
import { createPace } from './pace.ts';

const signal = new AbortController().signal;
const second = 1000;

/** Sleeps by moving on. */
function movingClock(now: number): Clock & { readonly slept: () => number } {
  const start = now;
  let at = now;
  return {
    now: () => at,
    sleep: async (ms) => {
      at += ms;
    },
    slept: () => at - start,
  };
}

test('sixty writes a minute and four hundred an hour, those of others in the hour before among them', async () => {
  const clock = movingClock(10_000 * second);
  const pace = createPace(clock, signal);
  for (let write = 0; write < 60; write++) await pace(1);
  expect(clock.slept()).toBe(0);
  await pace(1);
  expect(clock.slept()).toBe(60 * second);

  const later = movingClock(10_000 * second);
  const busy = createPace(later, signal);
  busy.seen(Array.from({ length: 200 }, (_, index) => later.now() - (3000 - index) * second));
  await busy(2);
  expect(later.slept()).toBe(600 * second);
});

test('what is urgent has a fifth of GitHub’s limits for itself', async () => {
  const clock = movingClock(10_000 * second);
  const pace = createPace(clock, signal, 'urgent');
  // The hour and the minute of automation are used up.
  pace.seen(Array.from({ length: 200 }, (_, index) => clock.now() - (index < 30 ? 1 : 100 + index) * second));
  for (let write = 0; write < 20; write++) await pace(1);
  expect(clock.slept()).toBe(0);
  await pace(1);
  expect(clock.slept()).toBeGreaterThan(0);
});

import { expect, test } from 'vitest';
import { ConcurrencyGroups, type GroupAnswer } from './concurrency-groups.ts';

interface Asked {
  readonly answer: Promise<GroupAnswer>;
  readonly cancelled: () => boolean;
}

function asker(
  groups: ConcurrencyGroups,
): (options?: { queue?: 'single' | 'max'; cancelInProgress?: boolean; group?: string; signal?: AbortSignal }) => Asked {
  return (options = {}) => {
    let cancelled = false;
    const answer = groups.enter(
      {
        repository: 'acme/app',
        group: options.group ?? 'deploy',
        queue: options.queue ?? 'single',
        cancelInProgress: options.cancelInProgress ?? false,
        cancel: () => {
          cancelled = true;
        },
      },
      options.signal ?? new AbortController().signal,
    );
    return { answer, cancelled: () => cancelled };
  };
}

async function leave(asked: Asked): Promise<void> {
  const answer = await asked.answer;
  if (!answer.entered) throw new Error(answer.reason);
  answer.leave();
}

test('single keeps the newest that waits', async () => {
  const ask = asker(new ConcurrencyGroups());
  const [first, second, third] = [ask(), ask(), ask({ group: 'DEPLOY' })];
  expect(await second.answer).toEqual({
    entered: false,
    reason: 'Canceling since a higher priority waiting request for DEPLOY exists',
  });
  await leave(first);
  await leave(third);
});

test('max lets all in, first come first served', async () => {
  const ask = asker(new ConcurrencyGroups());
  const order: number[] = [];
  const asked = Array.from({ length: 20 }, (_, index) => {
    const one = ask({ queue: 'max' });
    one.answer.then(() => order.push(index)).catch(() => undefined);
    return one;
  });
  for (const one of asked) await leave(one);
  expect(order).toEqual(asked.map((_, index) => index));
});

test('cancel-in-progress ends the holder and enters when it has left', async () => {
  const ask = asker(new ConcurrencyGroups());
  const first = ask();
  const second = ask({ cancelInProgress: true });
  expect(first.cancelled()).toBe(true);
  await leave(first);
  expect((await second.answer).entered).toBe(true);
});

test('a cancelled waiter leaves the queue', async () => {
  const ask = asker(new ConcurrencyGroups());
  const quit = new AbortController();
  const first = ask();
  const second = ask({ signal: quit.signal, queue: 'max' });
  const third = ask({ queue: 'max' });
  quit.abort();
  expect((await second.answer).entered).toBe(false);
  await leave(first);
  await leave(third);
});

import { afterAll, beforeAll, expect, test } from 'vitest';
import { countOf, openToOwner, outlives } from './command-faults.ts';
import { countRequests, survive } from './faults.ts';
import { openStage, type Stage } from './stage.ts';

let stage: Stage;
let requests: number;
beforeAll(async () => {
  stage = await openStage();
  requests = await countRequests(stage);
});
afterAll(() => stage.close());

test('a bump that ends after any of its requests is taken up by the next', async () => {
  expect(requests).toBeGreaterThan(4);
  for (let nth = 1; nth <= requests; nth++) await survive(stage, nth, 'a connection that breaks after', true);
});

test('a rollback whose connection breaks after any of its requests is done once, its issue too', async () => {
  const other = await openStage();
  try {
    await openToOwner(other);
    const count = await countOf(other, 'rollback');
    expect(count).toBeGreaterThan(2);
    for (let nth = 1; nth <= count; nth++) await outlives(other, 'rollback', nth, 'a connection that breaks after');
  } finally {
    await other.close();
  }
});

import { afterAll, beforeAll, expect, test } from 'vitest';
import { stageOf } from './command-cases.ts';
import { caseOf, outlives, untroubled } from './command-faults.ts';
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
  const other = await stageOf(caseOf('rollback'));
  try {
    const wanted = await untroubled(other, 'rollback');
    expect(wanted.requests).toBeGreaterThan(2);
    for (let nth = 1; nth <= wanted.requests; nth++)
      await outlives(other, 'rollback', nth, 'a connection that breaks after', wanted);
  } finally {
    await other.close();
  }
});

import { afterAll, beforeAll, expect, test } from 'vitest';
import { countRequests, faults, survive } from './faults.ts';
import { openStage, type Stage } from './stage.ts';

let stage: Stage;
let requests: number;
beforeAll(async () => {
  stage = await openStage();
  requests = await countRequests(stage);
});
afterAll(() => stage.close());

test.each(Object.keys(faults) as (keyof typeof faults)[])(
  'a bump outlives %s on each of its requests',
  async (fault) => {
    expect(requests).toBeGreaterThan(4);
    for (let nth = 1; nth <= requests; nth++) await survive(stage, nth, fault);
  },
);

test('a bump that ends before any of its requests is taken up by the next', async () => {
  for (let nth = 1; nth <= requests; nth++) await survive(stage, nth, 'a connection that breaks before', true);
});

import { afterAll, beforeAll, expect, test } from 'vitest';
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

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { commands, countOf, openToOwner, outlives } from './command-faults.ts';
import { faults } from './faults.ts';
import { openStage, type Stage } from './stage.ts';

describe.each(Object.keys(commands))('%s', (name) => {
  let stage: Stage;
  let requests: number;
  beforeAll(async () => {
    stage = await openStage();
    await openToOwner(stage);
    requests = await countOf(stage, name);
  });
  afterAll(() => stage.close());

  test.each(Object.keys(faults) as (keyof typeof faults)[])('outlives %s on each of its requests', async (fault) => {
    expect(requests).toBeGreaterThan(2);
    for (let nth = 1; nth <= requests; nth++) await outlives(stage, name, nth, fault);
  });
});

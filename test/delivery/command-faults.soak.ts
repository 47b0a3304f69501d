import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { commands, stageOf } from './command-cases.ts';
import { caseOf, outlivesEach, type Untroubled, untroubled } from './command-faults.ts';
import { faults } from './faults.ts';
import type { Stage } from './stage.ts';

describe.each(Object.keys(commands))('%s', (name) => {
  let stage: Stage;
  let wanted: Untroubled;
  beforeAll(async () => {
    stage = await stageOf(caseOf(name));
    wanted = await untroubled(stage, name);
  });
  afterAll(() => stage.close());

  test.each(Object.keys(faults) as (keyof typeof faults)[])('outlives %s on each of its requests', async (fault) => {
    expect(wanted.requests).toBeGreaterThan(1);
    await outlivesEach(stage, name, fault, wanted);
  });
});

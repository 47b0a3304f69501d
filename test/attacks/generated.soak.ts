import { afterAll, beforeAll, expect, test } from 'vitest';
import { split } from '../../src/lab/scenarios/deeds.ts';
import { attackProduction } from './generated-production.ts';
import { attackSecrets } from './generated-secrets.ts';
import { type Stage, stageExample } from './stage-example.ts';

// Each attack succeeds in published.soak.ts. Here the workflows are generated, and protected by what `settings apply` set.

let stage: Stage;
beforeAll(async () => {
  stage = await stageExample('two-repositories', [], { applied: true });
}, 180_000);
afterAll(() => stage.close());

test('what protects both repositories is what settings apply made of trunkline.yaml, and nothing else', async () => {
  const { people, pair } = stage.world;
  for (const { fullName } of [pair.app, pair.infra]) {
    const { data } = await people.owner.api.rest.repos.getRepoRulesets(split(fullName));
    expect(data.length).toBeGreaterThan(0);
    expect(data.filter(({ name }) => !name.startsWith('trunkline: '))).toEqual([]);
  }
});

attackSecrets(() => stage);
attackProduction(() => stage);

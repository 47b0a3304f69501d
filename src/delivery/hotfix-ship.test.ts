import { expect, test } from 'vitest';
import { parseConfig } from '../config/parse-config.ts';
import { parseDigest } from '../model/digest.ts';
import { rollbackFirst } from './hotfix-ship.ts';
import type { State } from './state.ts';

const [one, two] = ['1', '2'].map((digit) => parseDigest(`sha256:${digit.repeat(64)}`));
const { environments } = parseConfig(
  'trunkline.yaml',
  `kind: Environments
accept: { acme/api: { services: { api: api-team } } }
manifests: { json: "envs/{environment}.json", path: "{service}.image" }
environments: { prod: { track: main } }
`,
);

/** Prod as it is pinned, with what was healthy there, newest first. */
function prod(pinned: string, healthy: readonly (typeof one)[]): State {
  const deployments = healthy.map((digest) => ({ service: 'api', environment: 'prod', digest, succeeded: true }));
  const files = new Map([['envs/prod.json', JSON.stringify({ api: { image: `ghcr.io/acme/api@${pinned}` } })]]);
  return { config: environments, files, deployments } as unknown as State;
}

test('whoever asks for a hotfix is told of the release to go back to, where there is one', () => {
  expect(rollbackFirst(prod(two ?? '', [two, one]), 'api', 'prod')).toEqual([
    'api in prod: 111111111111 was healthy there; where that would do, trunkline rollback api --environment prod is sooner',
  ]);
  expect(rollbackFirst(prod(two ?? '', [one]), 'api', 'prod')).toHaveLength(1);
  expect(rollbackFirst(prod(one ?? '', [one]), 'api', 'prod')).toEqual([]);
  expect(rollbackFirst(prod(one ?? '', []), 'api', 'prod')).toEqual([]);
});

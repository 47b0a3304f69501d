import { expect, test } from 'vitest';
import { parseConfig } from '../../config/parse-config.ts';
import { type Digest, parseDigest } from '../../model/digest.ts';
import type { Hotfix } from '../../model/hotfix.ts';
import type { Deployed } from '../state.ts';
import { type DeployFacts, refuseDeploy } from './deploy-gates.ts';

const [one, two] = ['1', '2'].map((digit) => parseDigest(`sha256:${digit.repeat(64)}`)) as [Digest, Digest];
const config = parseConfig(
  'trunkline.yaml',
  `kind: Environments
accept: { acme/app: { services: { api: api-team } } }
manifests: { json: "{environment}.json", path: "{service}" }
freezes: { audit: { start: 2026-11-28 00:00, end: 2026-11-29 00:00, timezone: Etc/UTC } }
environments:
  staging: { track: main, merge: auto }
  prod: { from: staging, gates: { freeze: [audit] } }
`,
).environments;
const ran = (environment: string, digest: Digest, succeeded = true): Deployed => ({
  service: 'api',
  environment,
  digest,
  commit: '',
  succeeded,
  at: '',
});
const hotfix: Hotfix = {
  service: 'api',
  environment: 'prod',
  digest: two,
  reason: 'fire',
  author: 'alice',
  since: '',
  skipped: ['staging'],
  gates: ['order'],
  due: {},
  paid: [],
};

function refusal(given: Partial<DeployFacts>, digest = two, now = '2026-11-25T12:00:00Z'): string | undefined {
  const prod = config?.environments.find((environment) => environment.name === 'prod');
  if (config === undefined || prod === undefined) throw new Error('no environments');
  const files = new Map([
    ['staging.json', `{"api":"${one}"}`],
    ['prod.json', `{"api":"${digest}"}`],
  ]);
  return refuseDeploy(
    { config, files, hotfixes: [], deployments: [], now: Date.parse(now), ...given },
    'api',
    prod,
    digest,
  )?.reason;
}

test('what never was in the environment before is not deployed, but for a hotfix on record', () => {
  expect(refusal({ deployments: [ran('staging', one)] })).toBe('222222222222 was never healthy in staging');
  expect(refusal({ deployments: [ran('staging', two, false)] })).toContain('never healthy');
  expect(refusal({ deployments: [ran('staging', one), ran('staging', two)] })).toBeUndefined();
  expect(refusal({ deployments: [ran('staging', one)], hotfixes: [hotfix] })).toBeUndefined();
  expect(refusal({ deployments: [ran('staging', one)], hotfixes: [{ ...hotfix, gates: [] }] })).toContain('never');
  // Nothing is known of an environment that somebody else deploys.
  expect(refusal({})).toBeUndefined();
});

test('a freeze stops what was merged before it began, and no way back', () => {
  const deployments = [ran('prod', two), ran('prod', one), ran('staging', two), ran('staging', one)];
  expect(refusal({ deployments: deployments.slice(1) }, two, '2026-11-28T12:00:00Z')).toBe(
    'frozen (audit) until 2026-11-29T00:00Z',
  );
  expect(refusal({ deployments }, one, '2026-11-28T12:00:00Z')).toBeUndefined();
});

import { expect, test } from 'vitest';
import type { EnvironmentsConfig } from '../config/config.ts';
import { parseConfig } from '../config/parse-config.ts';
import { placeOf } from './place.ts';

function configOf(manifests: string): EnvironmentsConfig {
  const { environments } = parseConfig(
    'trunkline.yaml',
    `kind: Environments
accept: { acme/app: { services: { "web.site": web-team } } }
manifests: ${manifests}
environments: { prod-eu: { track: main, region: eu-west-1 }, prod-us: { track: main, region: us-east-1 } }
`,
  );
  if (environments === undefined) throw new Error('no environments');
  return environments;
}

test.each<[string, object]>([
  [
    '{ json: "envs/{region}/{environment}.json", path: "{service}.image" }',
    { kind: 'json', file: 'envs/eu-west-1/prod-eu.json', keys: ['web.site', 'image'] },
  ],
  ['{ helm: "{service}/{environment}.yaml" }', { kind: 'yaml', file: 'web.site/prod-eu.yaml', keys: ['image'] }],
  [
    '{ yaml: "{environment}.yaml", image: "{region}.r.test/{service}", document: { name: "{service}" } }',
    { kind: 'yaml', file: 'prod-eu.yaml', image: 'eu-west-1.r.test/web.site', document: { name: 'web.site' } },
  ],
  [
    '{ kustomize: "{service}/{environment}", image: "shop/{service}" }',
    { kind: 'kustomize', file: 'web.site/prod-eu/kustomization.yaml', image: 'shop/web.site' },
  ],
  [
    '{ regex: "{environment}", pattern: "^{service}{1}=(?<pin>.*)$" }',
    { kind: 'regex', file: 'prod-eu', pattern: '^web\\.site{1}=(?<pin>.*)$' },
  ],
])('names are filled into %s', (manifests, place) => {
  expect(placeOf(configOf(manifests), 'web.site', 'prod-eu')).toEqual(place);
});

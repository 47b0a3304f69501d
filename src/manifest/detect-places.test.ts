import { expect, test } from 'vitest';
import { detectPlaces } from './detect-places.ts';
import { readPinAt } from './manifest.ts';

const digest = `sha256:${'a'.repeat(64)}`;
const deployment = (name: string, image: string): string =>
  `apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: ${name}\nspec:\n  template:\n    spec:\n      containers:\n        - name: main\n          image: ${image}\n`;

/** What is found: service, environment with its region, layout and pin. */
function found(files: Readonly<Record<string, string>>): readonly string[] {
  const { places } = detectPlaces(new Map(Object.entries(files)));
  for (const { place, pin } of places) expect(readPinAt(place, files[place.file] ?? '')?.text).toBe(pin.text);
  return places.map(({ service, environment, region, layout, pin }) =>
    [service, region === undefined ? environment : `${region}/${environment}`, layout, pin.digest ?? pin.tag].join(' '),
  );
}

test.each<[string, Record<string, string>, string[]]>([
  [
    'Kustomize overlays',
    {
      'kustomize/base/api.yaml': deployment('api', 'shop/api:latest'),
      'kustomize/overlays/prod/kustomization.yaml': `images:\n- name: shop/api\n  newTag: v1\n  digest: ${digest}\n`,
      'kustomize/overlays/dev/kustomization.yaml':
        'images:\n- name: shop/api\n  newTag: v2\n- name: shop/web\n  newTag: v3\n',
    },
    ['api dev kustomize v2', `api prod kustomize ${digest}`, 'web dev kustomize v3'],
  ],
  [
    'an overlay folder for each service',
    { 'services/orders/overlays/staging/kustomization.yaml': 'images: [{ name: orders, newTag: "1.10" }]\n' },
    ['orders staging kustomize 1.10'],
  ],
  [
    'Helm values for each environment, without a repository',
    {
      'charts/api/values.yaml': 'image:\n  repository: acme/api\n  tag: latest\n',
      'charts/api/values-dev.yaml': 'image:\n  tag: v2\n',
      'charts/api/values-prod.yaml': 'image:\n  tag: v1\n',
    },
    ['api dev helm v2', 'api prod helm v1'],
  ],
  [
    'values in folders, by region',
    {
      'environments/eu/dev/values.yaml': 'api:\n  image: { repository: acme/api, tag: v1 }\n',
      'environments/asia/dev/values.yaml': 'api:\n  image: { repository: acme/api, tag: v2 }\n',
    },
    ['api asia/dev helm v2', 'api eu/dev helm v1'],
  ],
  [
    'the tag alone, of the one service whose repository it is',
    {
      'environments/dev/values.yaml': 'replicas: 2\nimageTag: "1.1-dev"\ngit_branch: main\n',
      'environments/prod/values.yaml': 'replicas: 2\nimageTag: "1.0-stable"\ngit_branch: main\n',
    },
    ['app dev helm 1.1-dev', 'app prod helm 1.0-stable'],
  ],
  [
    'JSON for each environment, by commit',
    {
      'envs/dev.json': `{"api":{"url":"https://registry.example.com/api","tag":"${'1'.repeat(40)}"}}`,
      'envs/prod.json': `{"api":{"url":"https://registry.example.com/api","tag":"${'2'.repeat(40)}"}}`,
      'package.json': '{"image":"a/b:1"}',
    },
    [`api dev json ${'1'.repeat(40)}`, `api prod json ${'2'.repeat(40)}`],
  ],
  [
    'YAML for each environment, with several services',
    { 'envs/qa.yml': `services:\n  api: { image: "acme/api@${digest}" }\n  web:\n    image: acme/web:v1\n` },
    [`api qa yaml ${digest}`, 'web qa yaml v1'],
  ],
  [
    'plain Kubernetes',
    {
      'k8s/prod/all.yaml': `${deployment('api', 'acme/api:v1')}---\n${deployment('web', `acme/web@${digest}`)}`,
      'k8s/staging/api.yaml': deployment('api', 'acme/api:v2'),
      '.github/workflows/prod.yml': deployment('no', 'a/b:1'),
    },
    ['api staging kubernetes v2', 'api prod kubernetes v1', `web prod kubernetes ${digest}`],
  ],
  [
    'manifests whose image an overlay sets, once',
    {
      'overlays/dev/kustomization.yaml': 'resources: [api.yaml]\nimages:\n- name: acme/api\n  newTag: v9\n',
      'overlays/dev/api.yaml': deployment('api', 'acme/api:v1'),
    },
    ['api dev kustomize v9'],
  ],
  [
    'one file with environments as its keys',
    {
      'images.json': `{"prod":{"api":{"image":"a/api@${digest}"}},"other":{"api":{"image":"a/b:1"}}}`,
      'images.yaml': 'dev:\n  web: { image: a/web:v2 }\n',
    },
    [`api prod json ${digest}`, 'web dev yaml v2'],
  ],
  [
    'a chart’s values in a HelmRelease',
    {
      'clusters/eu-west-1/staging/api.yaml':
        'kind: HelmRelease\nmetadata: { name: api }\nspec:\n  values:\n    image: { repository: a/api, tag: v3 }\n',
    },
    ['api eu-west-1/staging kubernetes v3'],
  ],
  ['nothing', { 'README.md': '# hi', 'config/app.yaml': 'image: acme/api:v1\n' }, []],
])('detects %s', (_name, files, expected) => {
  expect(found(files)).toEqual(expected);
});

test('says which files several services share, and which cannot be read', () => {
  const detected = detectPlaces(
    new Map([
      ['envs/dev.yaml', 'api: { image: "a/api:1" }\nweb: { image: "a/web:1" }\n'],
      ['envs/prod.yaml', 'api: {\n'],
    ]),
  );
  expect(detected.shared).toEqual(['envs/dev.yaml']);
  expect(detected.unreadable.map((one) => one.location)).toEqual([{ file: 'envs/prod.yaml', line: 2, column: 1 }]);
});

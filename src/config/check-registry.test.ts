import { expect, test } from 'vitest';
import { TrunklineError } from '../errors.ts';
import { parseConfig } from './parse-config.ts';

function read(accept: readonly string[]) {
  return parseConfig(
    'trunkline.yaml',
    `kind: Environments
accept:
${accept.map((one, index) => `  acme/${index}: { services: { api-${index}: team }, signer: .github/workflows/publish.yml, ${one} }`).join('\n')}
manifests: { json: "envs/{environment}.json", path: "{service}.image" }
environments: { dev: { track: main } }
`,
  ).environments?.accept;
}

function faults(...accept: readonly string[]): readonly string[] {
  try {
    read(accept);
    return [];
  } catch (error) {
    if (!(error instanceof TrunklineError)) throw error;
    return error.problems.map(({ message, location }) => `${location?.line} ${message}`);
  }
}

const verified = (registry: string): string => `verify: [signature], registry: { ${registry} }`;

test('registries that are read have a host, a role or the names of secrets', () => {
  const registries = read([
    verified('ecr: "123456789012/eu-west-1", prefix: shop'),
    verified('ecr: "123456789012/cn-north-1", role: look, role-variable: AWS_LOOK_ROLE'),
    verified('oci: registry.test'),
    verified('oci: other.test, secrets: OTHER'),
    'verify: [signature]',
  ])?.map(({ registry }) => registry);
  expect(registries).toEqual([
    {
      kind: 'ecr',
      host: '123456789012.dkr.ecr.eu-west-1.amazonaws.com',
      path: 'shop',
      aws: { account: '123456789012', region: 'eu-west-1', role: 'trunkline-verify' },
    },
    {
      kind: 'ecr',
      host: '123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn',
      aws: { account: '123456789012', region: 'cn-north-1', role: 'look', variable: 'AWS_LOOK_ROLE' },
    },
    {
      kind: 'oci',
      host: 'registry.test',
      login: { username: 'REGISTRY_USERNAME', password: 'REGISTRY_PASSWORD' },
    },
    { kind: 'oci', host: 'other.test', login: { username: 'OTHER_USERNAME', password: 'OTHER_PASSWORD' } },
    undefined,
  ]);
});

test.each([
  [['registry: { ghcr: acme }'], ['3 accept.acme/0.registry: means nothing without "verify"']],
  [[verified('prefix: shop')], ['3 accept.acme/0.registry: expected one of "ghcr", "ecr" and "oci", found none']],
  [[verified('ghcr: a, oci: b.test')], ['found both "ghcr" and "oci"']],
  [[verified('oci: b.test, role: x')], ['3 accept.acme/0.registry.role: means nothing beside "oci"']],
  [[verified('ghcr: a, secrets: X')], ['registry.secrets: means nothing beside "ghcr"']],
  [
    [verified('ecr: "123456789012/eu-west-1"'), verified('ecr: "123456789012/eu-west-1", role: look')],
    ['4 accept.acme/1.registry: expected the role that acme/0 names for 123456789012/eu-west-1, found another'],
  ],
  [
    [verified('oci: a.test'), verified('oci: a.test, secrets: B')],
    ['expected the secrets that acme/0 names for a.test, found others'],
  ],
  [
    [verified('oci: a.test'), verified('oci: b.test')],
    ['4 accept.acme/1.registry: expected secrets of its own, found REGISTRY_USERNAME of acme/0'],
  ],
  [[verified('ecr: "123456789012/eu-west-1"'), verified('ecr: "123456789012/eu-west-1", prefix: b')], []],
])('%j', (accept, wanted) => {
  expect(faults(...accept)).toEqual(wanted.map((one) => expect.stringContaining(one) as string));
});

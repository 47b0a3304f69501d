import { expect, test } from 'vitest';
import { TrunklineError } from '../errors.ts';
import { parseConfig } from './parse-config.ts';
import { imageOf, releaseUnits, type ServicesConfig } from './services.ts';

function read(text: string): ServicesConfig {
  const { services } = parseConfig('t.yaml', `kind: Services\ninfra: acme/infra\n${text}`);
  if (services === undefined) throw new Error('no services');
  return services;
}

function faults(text: string): string[] {
  try {
    read(text);
    return [];
  } catch (error) {
    if (!(error instanceof TrunklineError)) throw error;
    return error.problems.map((one) =>
      [`${one.location?.line ?? ''}:${one.location?.column ?? ''}`, one.message, one.hint ?? ''].join(' | '),
    );
  }
}

const bookstore = `registry: { ecr: "123456789012/eu-west-1", prefix: bookstore }
defaults:
  platforms: [linux/amd64, linux/arm64]
  commands: { lint: make lint, unit: make test, integration: make it }
  scan: { fail: high, unfixed: ignore }
risks: { read: {}, write: { coverage: 70, enforce: main } }
services:
  catalog: { path: app/catalog, risk: read, uses: [postgres:16] }
  orders: { path: app/orders, risk: write, commands: { unit: make race }, attest: [signature] }
`;

test('a service says what it does not take from the defaults, command by command', () => {
  const { services, scan, runners } = read(bookstore);
  expect(services.get('orders')).toEqual({
    name: 'orders',
    path: 'app/orders',
    depends: [],
    risk: 'write',
    targets: [],
    platforms: ['linux/amd64', 'linux/arm64'],
    commands: { lint: 'make lint', unit: 'make race', integration: 'make it' },
    setup: {},
    uses: [],
    quality: [],
    coverage: [],
    sources: [],
    dockerfile: 'app/orders/Dockerfile',
    context: 'app/orders',
    attest: ['signature'],
    timeout: 1_200_000,
  });
  expect(scan).toEqual({ fail: 'high', unfixed: 'ignore', unknown: 'fail' });
  expect(runners).toEqual({ test: ['ubuntu-24.04'], publish: ['ubuntu-24.04'] });
});

test.each([
  ['', 'ghcr.io/acme/api'],
  ['registry: { ghcr: Other, prefix: shop }\n', 'ghcr.io/other/shop/api'],
  [
    'registry: { ecr: "123456789012/eu-west-1", prefix: shop }\n',
    '123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop/api',
  ],
  ['registry: { oci: "registry.test:5000" }\n', 'registry.test:5000/api'],
])('the image of a service, with %j', (registry, image) => {
  const config = read(`${registry}services: { api: {} }\n`);
  const unit = releaseUnits(config).get('api');
  expect(unit === undefined ? undefined : imageOf(config, unit, 'Acme')).toBe(image);
});

test('each target is released under a name of its own', () => {
  const config = read('services: { api: { targets: [minimal, runtime] } }\n');
  const units = [...releaseUnits(config).values()];
  expect(units.map((one) => [one.name, one.target, imageOf(config, one, 'acme')])).toEqual([
    ['api-minimal', 'minimal', 'ghcr.io/acme/api-minimal'],
    ['api-runtime', 'runtime', 'ghcr.io/acme/api-runtime'],
  ]);
});

test.each<[string, string, readonly string[]]>([
  [
    'faults of the schema and beyond it, all at once',
    `regstry: {}
services:
  api: { risk: wirte, comands: {}, platforms: [windows/amd64] }
  web: { targets: [a], uses: [postgres] }
  web-a: { risk: write }
risks: { write: {} }
`,
    [
      '3:1 | unknown key "regstry" | did you mean "registry"?',
      '5:16 | expected one of the risks (write), found "wirte" | did you mean "write"?',
      '5:23 | unknown key "comands" in services.api | did you mean "commands"?',
      '5:48 | services.api.platforms.0: expected "linux/amd64" or "linux/arm64", found "windows/amd64" | ',
      '6:31 | services.web.uses.0: expected an image with its tag, or a name of containers, found "postgres" | for example postgres:1, or containers: { postgres: { image: … } }',
      '7:10 | services.web-a: expected names of its own, found that web is released as "web-a" too | ',
    ],
  ],
  [
    'names that images cannot have or GitHub does not tell apart, and what would be other words on a command line',
    `services:
  api: { path: -rf, setup: { node: 22 } }
  Api: { image: ghcr.io/acme/second, targets: [Slim] }
  a.-b:
  web: { uses: ["postgres:16' || 'x"] }
`,
    [
      '4:16 | services.api.path: expected a path on one line that begins with neither "-" nor a blank, found "-rf" | ',
      '4:36 | services.api.setup.node: expected text, found 22 | write "22"',
      '5:8 | services.Api: expected a name of its own, found "api" in other letters, which GitHub does not tell apart | ',
      '5:47 | services.Api.targets: expected what an image can be called (lower-case letters and digits, with single ".", "_" or "-" between), found "Slim" | ',
      '6:8 | services.a.-b: expected keys, found null | write {} where there is nothing to say',
      `7:17 | services.web.uses.0: expected an image with its tag or digest, such as "postgres:16", found "postgres:16' || 'x" | `,
    ],
  ],
  [
    'statements that nothing here could make',
    'services: { api: { attest: [classic, vulnerabilities, test-result] } }\n',
    [
      '3:28 | services.api.attest: expected signature for classic, found none | attest: [signature, classic]',
      '3:28 | services.api.attest: expected scan for vulnerabilities, found none | defaults: { scan: { fail: high } }',
      '3:28 | services.api.attest: expected unit tests that write results for test-result, found none | commands: { unit: … }, results: junit.xml',
    ],
  ],
  [
    'registries that are none or two',
    'registry: { ecr: "1/eu", ghcr: acme }\nservices: {}\n',
    ['3:18 | registry.ecr: expected "account/region", such as "123456789012/eu-west-1", found "1/eu" | '],
  ],
  [
    'two registries, and a role where none is assumed',
    'registry: { oci: a.test, ghcr: acme, role: x }\nservices: {}\n',
    [
      '3:18 | registry: expected one of "ghcr", "ecr" and "oci", found both "ghcr" and "oci" | for example registry: { ghcr: acme }',
    ],
  ],
  [
    'a role where none is assumed',
    'registry: { ghcr: acme, role: x }\nservices: {}\n',
    ['3:31 | registry.role: means nothing beside "ghcr" | '],
  ],
])('refuses %s', (_name, text, expected) => {
  expect(faults(text)).toEqual(expected);
});

test.each<[string, readonly string[]]>([
  ['{ argocd: "{service}-{environment}", project: shop, cluster: eu }', []],
  ['{ flux: "{service}-{environment}", interval: 1m }', []],
  [
    '{ command: x, argocd: y }',
    ['deploy: expected one of "command", "kubernetes", "argocd" and "flux", found both "command" and "argocd"'],
  ],
  ['{ timeout: 1m }', ['deploy: expected one of "command", "kubernetes", "argocd" and "flux", found none']],
  ['{ flux: "{service}-{environment}", health: "http://x" }', ['deploy.health: means nothing beside "flux"']],
  ['{ kubernetes: "services/{service}", timeout: 1m, namespace: shop }', []],
  ['{ kubernetes: ../elsewhere }', ['deploy.kubernetes: expected a folder of the repository, found "../elsewhere"']],
  ['{ argocd: "{service}" }', ['deploy.argocd: expected {service} and {environment} in it, found "{service}"']],
])('deploy %s', (deploy, expected) => {
  const text = `kind: Environments\nrepository: acme/infra\naccept: {}\nmanifests: { json: "{environment}", path: "{service}" }\ndeploy: ${deploy}\nenvironments: { dev: { track: main, wait: 90s } }\n`;
  const wait = 'environments.dev.wait: expected whole minutes, 30d at most';
  let found: readonly string[] = [];
  try {
    parseConfig('t.yaml', text);
  } catch (error) {
    if (error instanceof TrunklineError) found = error.problems.map((one) => one.message);
  }
  expect(found).toEqual([...expected, wait]);
});

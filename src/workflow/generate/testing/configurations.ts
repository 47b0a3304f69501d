import fc from 'fast-check';
import type { Config } from '../../../config/config.ts';
import { parseConfig } from '../../../config/parse-config.ts';

/** A configuration as text, from pieces that may each be there or not. */
function chosen(pieces: Readonly<Record<string, readonly string[]>>): fc.Arbitrary<Readonly<Record<string, string>>> {
  return fc.record(
    Object.fromEntries(Object.entries(pieces).map(([name, texts]) => [name, fc.constantFrom('', ...texts)])),
  );
}

const inline = (entries: Readonly<Record<string, string>>): string =>
  Object.entries(entries)
    .filter(([, value]) => value !== '')
    .map(([key, value]) => `${key}: ${value}`)
    .join(', ');

const work = {
  platforms: ['[linux/amd64, linux/arm64]'],
  commands: [
    '{ unit: make test }',
    '{ install: npm ci, lint: make lint, integration: make it, image: ./smoke.sh, build: make }',
  ],
  setup: ['{ node: "22" }', '{ go: "1.25", python: "3.13" }'],
  uses: ['[postgres:16]', '[postgres:15, stub]'],
  quality: ['[dockerfile]', '[dockerfile, shell, yaml]'],
  attest: ['[signature]', '[provenance, spdx]', '[signature, classic, spdx, cyclonedx]'],
  timeout: ['5m'],
};

/** Application repositories of every kind. */
export const servicesTexts: fc.Arbitrary<string> = fc
  .record({
    top: chosen({
      branch: ['trunk'],
      registry: [
        '{ ghcr: acme, prefix: shop }',
        '{ ecr: "123456789012/eu-west-1", prefix: shop }',
        '{ oci: registry.example.com }',
        '{ ecr: "123456789012/cn-north-1", role-variable: AWS_PUBLISH_ROLE }',
      ],
      runners: ['{ test: [self-hosted, big], publish: [publish-pool] }'],
      budget: ['{ pull-request: 5m }', '{ pull-request: 5m, main: 15m }'],
      release: ['{}'],
      security: ['{}', '{ scans: [secrets], history: false }'],
      apps: ['{ propose: acme-propose }'],
      notify: ['{ slack: {}, pagerduty: { when: [infrastructure] } }'],
    }),
    scan: fc.constantFrom('', '{ fail: high }'),
    defaults: chosen(work),
    whole: fc.boolean(),
    prune: fc.boolean(),
    own: chosen({ ...work, targets: ['[minimal, runtime]'], context: ['.'], dockerfile: ['build/Dockerfile'] }),
    risky: fc.boolean(),
  })
  .map(({ top, scan, defaults, whole, prune, own, risky }) => {
    const lines = Object.entries(top).flatMap(([key, value]) => (value === '' ? [] : [`${key}: ${value}`]));
    const risk = risky ? { risk: 'money', coverage: '[cover.out]' } : { risk: '', coverage: '' };
    const services = whole
      ? [`  api: { ${inline(own)} }`]
      : [
          `  orders: { ${inline({ path: 'app/orders', ...own, ...risk })} }`,
          '  9.catalog: { path: app/catalog }',
          '  changed: { path: app/changed }',
        ];
    return [
      'kind: Services',
      'infra: acme/infra',
      ...lines,
      ...(prune && top['registry']?.startsWith('{ oci') !== true ? ['prune: { newest: 10 }'] : []),
      `defaults: { ${inline({ ...defaults, scan })} }`,
      'risks: { money: { coverage: 80 } }',
      'containers: { stub: { image: "ghcr.io/acme/stub:1", ports: [9000] } }',
      'services:',
      ...services,
      '',
    ].join('\n');
  });

/** Infra repositories of every kind. */
export const environmentsTexts: fc.Arbitrary<string> = fc
  .record({
    top: chosen({
      branch: ['trunk'],
      deploy: [
        '{ command: ./deploy.sh, secrets: [KUBE_TOKEN] }',
        '{ command: ./deploy.sh, health: "https://{service}.{environment}.example.com/", smoke: true }',
        '{ argocd: "{service}-{environment}" }',
        '{ flux: "{service}-{environment}", interval: 1m }',
      ],
      runners: ['{ deploy: [self-hosted, cluster], control: [small] }'],
      checks: ['{ command: make check, setup: { node: "22" } }'],
      schedules: ['{ promote: "0 8 * * *" }'],
      notify: ['{ slack: { channel: "#deploys" } }'],
      parity: ['{ render: ./render.sh, allow: [data.LEVEL] }'],
    }),
    aws: fc.boolean(),
    automatic: fc.boolean(),
    own: fc.boolean(),
    only: fc.boolean(),
    verify: fc.constantFrom(
      '',
      ', verify: [provenance]',
      ', verify: [provenance], registry: { ecr: "123456789012/eu-west-1", role-variable: AWS_LOOK_ROLE }',
      ', verify: [provenance], registry: { oci: registry.example.com, secrets: NEXUS }',
    ),
  })
  .map(({ top, aws, automatic, own, only, verify }) => {
    const lines = Object.entries(top).flatMap(([key, value]) => (value === '' ? [] : [`${key}: ${value}`]));
    const prod = inline({
      from: 'dev',
      approve: '{ owner: 1, platform: 1 }',
      gates: '{ freeze: [weekend, turn] }',
      rollback: automatic ? 'automatic' : '',
      aws: aws ? '{ role: "arn:aws:iam::123456789012:role/deploy", region: eu-west-1 }' : '',
      deploy: own ? '{ command: ./prod.sh, secrets: [PROD_TOKEN] }' : '',
    });
    return [
      'kind: Environments',
      'repository: acme/infra',
      `accept: { acme/shop: { services: { orders: orders-team, catalog: catalog-team }, signer: .github/workflows/publish.yml${verify} } }`,
      'manifests: { kustomize: "services/{service}/overlays/{environment}", image: "shop/{service}" }',
      'freezes:',
      '  weekend: { start: Fri 16:00, end: Mon 08:00, timezone: Europe/Berlin }',
      '  turn: { start: 2026-12-20 18:00, end: 2027-01-04 08:00, timezone: Europe/Berlin }',
      ...lines,
      'environments:',
      '  dev: { track: main, merge: auto }',
      ...(only ? [] : [`  prod: { ${prod} }`]),
      '',
    ].join('\n');
  });

export function configOf(text: string): Config {
  return parseConfig('trunkline.yaml', text);
}

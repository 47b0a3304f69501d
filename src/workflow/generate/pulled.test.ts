import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { generate } from './generate.ts';
import { syncWindows, withoutWindow } from './infra/sync-windows.ts';
import { parseLock } from './lock.ts';
import { configOf } from './testing/configurations.ts';

function filesOf(deploy: string, notify = '', rollback = 'propose'): ReadonlyMap<string, string> {
  const text = `kind: Environments
repository: acme/shop-infra
accept: { acme/shop: { services: { orders: orders-team, catalog: catalog-team } } }
manifests: { kustomize: "services/{service}/overlays/{environment}", image: "shop/{service}" }
deploy: ${deploy}
freezes:
  weekend: { start: Fri 16:00, end: Mon 08:00, timezone: Europe/Berlin }
  sunday: { start: Sun 00:00, end: Sun 12:30, timezone: UTC, except: [{ start: 2026-12-27 01:00, end: 2026-12-27 02:00 }] }
environments:
  dev: { track: main, merge: auto }
  prod: { from: dev, gates: { freeze: [weekend, sunday] }, rollback: ${rollback} }
${notify}`;
  const { files } = generate(configOf(text), parseLock(undefined), () => undefined);
  return new Map(files.map((one) => [one.path, one.text]));
}

test('what agents cannot find is not generated', () => {
  const text = `kind: Environments
accept: { acme/shop: { services: { orders: orders-team } } }
manifests: { kustomize: "services/{service}/overlays/{environment}", image: "shop/{service}" }
deploy: { argocd: "{service}-{environment}" }
environments: { dev: { track: main } }
`;
  expect(() => generate(configOf(text), parseLock(undefined), () => undefined)).toThrow(
    'expected "repository" beside "argocd" and "flux", found none',
  );
});

const read = (files: ReadonlyMap<string, string>, path: string) => parse(files.get(path) ?? '');

test('Argo CD gets one line for each service and environment, a project that allows no more, and windows for freezes', () => {
  const files = filesOf('{ argocd: "{service}-{environment}", namespace: "shop-{environment}" }');
  const set = read(files, 'argocd/shop-infra-applications.yaml');
  expect(set.spec).toMatchObject({ goTemplate: true, goTemplateOptions: ['missingkey=error'] });
  expect(set.spec.generators[0].list.elements).toHaveLength(4);
  expect(set.spec.generators[0].list.elements[0]).toEqual({
    name: 'orders-dev',
    service: 'orders',
    environment: 'dev',
    path: 'services/orders/overlays/dev',
    namespace: 'shop-dev',
    cluster: 'in-cluster',
  });
  const project = read(files, 'argocd/shop-infra-project.yaml');
  expect(project.spec).toMatchObject({
    sourceRepos: ['https://github.com/acme/shop-infra.git'],
    destinations: [
      { name: 'in-cluster', namespace: 'shop-dev' },
      { name: 'in-cluster', namespace: 'shop-prod' },
    ],
    clusterResourceWhitelist: [],
    syncWindows: [
      {
        kind: 'deny',
        schedule: '0 16 * * 5',
        duration: '3840m',
        timeZone: 'Europe/Berlin',
        applications: ['orders-prod', 'catalog-prod'],
      },
    ],
  });
  const { data } = read(files, 'argocd/notifications.yaml');
  const { github } = parse(data['template.trunkline-health']);
  expect(github.status.label).toBe('argocd/{{ .app.metadata.name }}');
  expect(parse(data['trigger.trunkline-health'])).toMatchObject([
    { oncePer: expect.stringContaining('app.status.health.lastTransitionTime'), send: ['trunkline-health'] },
  ]);
  const health = read(files, '.github/workflows/health.yml').jobs.record;
  expect(health.strategy.matrix.environment).toEqual(['dev', 'prod']);
  expect(health.if).toBe("github.event_name == 'schedule' || startsWith(github.event.context, 'argocd/')");
});

test.each([
  ['start: Fri 16:00, end: Mon 08:00', '0 16 * * 5', '3840m'],
  ['start: Sun 00:00, end: Sun 12:30', '0 0 * * 0', '750m'],
  ['start: "22:30", end: "06:00"', '30 22 * * *', '450m'],
  ['start: "12:00", end: "13:00"', '0 12 * * *', '60m'],
  ['start: 12-20 18:00, end: 01-04 08:00', '0 18 20 12 *', `${(14 * 24 + 14) * 60}m`],
  ['start: 07-01 00:00, end: 07-15 00:00', '0 0 1 7 *', `${14 * 24 * 60}m`],
])('a freeze with %s becomes a window of Argo CD', (when, schedule, duration) => {
  const [freeze] = parseFreezes(when);
  if (freeze === undefined) throw new Error('no freeze');
  expect(withoutWindow(freeze)).toBeUndefined();
  expect(syncWindows([freeze], ['orders-prod'])).toEqual([
    { kind: 'deny', schedule, duration, timeZone: 'Europe/Berlin', applications: ['orders-prod'], manualSync: true },
  ]);
});

test.each([
  ['start: 2026-12-20 18:00, end: 2027-01-04 08:00', 'it comes once'],
  ['calendar: holidays.ics', 'its calendar is a file'],
  ['start: Fri 16:00, end: Mon 08:00, except: [{ start: 2026-12-27 01:00, end: 2026-12-27 02:00 }]', 'no exceptions'],
  ['start: 02-20 00:00, end: 03-02 00:00', 'leap years'],
  ['start: 12-20 00:00, end: 03-02 00:00', 'leap years'],
])('a freeze with %s has none, and generate says so', (when, why) => {
  const [freeze] = parseFreezes(when);
  if (freeze === undefined) throw new Error('no freeze');
  expect(withoutWindow(freeze)).toContain(why);
  expect(syncWindows([freeze], ['orders-prod'])).toEqual([]);
  const { unsaid } = generate(configOf(pulledText(when)), parseLock(undefined), () => undefined);
  expect(unsaid).toEqual([
    expect.stringMatching(/^the freeze turn of prod gets no sync window: .*; the policy alone holds it$/),
  ]);
});

function pulledText(when: string): string {
  return `kind: Environments
repository: acme/shop-infra
accept: { acme/shop: { services: { orders: orders-team } } }
manifests: { kustomize: "services/{service}/overlays/{environment}", image: "shop/{service}" }
deploy: { argocd: "{service}-{environment}" }
freezes: { turn: { ${when}, timezone: Europe/Berlin } }
environments: { dev: { track: main }, prod: { from: dev, gates: { freeze: [turn] } } }
`;
}

function parseFreezes(when: string) {
  return configOf(pulledText(when)).environments?.freezes ?? [];
}

test('Argo CD is started by one file, prunes last and leaves replicas to whoever scales', () => {
  const files = filesOf('{ argocd: "{service}-{environment}" }');
  expect(read(files, 'argocd/bootstrap.yaml').spec.source).toMatchObject({ path: 'argocd', targetRevision: 'main' });
  const { spec } = read(files, 'argocd/shop-infra-applications.yaml').spec.template;
  expect(spec.syncPolicy).toMatchObject({ automated: { prune: true, selfHeal: true } });
  expect(spec.syncPolicy.syncOptions).toContain('PruneLast=true');
  expect(spec.ignoreDifferences).toEqual([{ group: 'apps', kind: 'Deployment', jsonPointers: ['/spec/replicas'] }]);
});

test('Flux gets a Kustomization for each and one alert, and nothing of Argo CD or a deploying job', () => {
  const files = filesOf('{ flux: "{service}-{environment}", interval: 1m }');
  expect(read(files, 'flux/orders-prod.yaml').spec).toMatchObject({
    interval: '60s',
    path: './services/orders/overlays/prod',
    prune: true,
    wait: true,
    sourceRef: { kind: 'GitRepository', name: 'shop-infra' },
    targetNamespace: 'prod',
  });
  expect(read(files, 'flux/provider.yaml').spec.type).toBe('github');
  expect(read(files, 'flux/alert.yaml').spec.eventSources).toHaveLength(4);
  expect(read(files, '.github/workflows/health.yml').jobs.record.if).toContain("'kustomization/'");
  expect([...files.keys()].filter((path) => path.startsWith('argocd/') || path.includes('deploy'))).toEqual([]);
  expect([...files.values()].join('\n')).not.toMatch(/kubeconfig|ARGOCD|argocd login/i);
});

/** What a step carries out where rolling `orders` back fails, and `catalog` not. */
function putBack(
  files: ReadonlyMap<string, string>,
  env: Record<string, string> = {},
): { code: number | null; said: string[] } {
  const { steps } = read(files, '.github/workflows/health.yml').jobs.record;
  const step = steps.find(({ name }: { name?: string }) => name === 'Roll back');
  const script = step.run.replace(/< <\(jq .*\)/, () => "<<< $'orders\\ncatalog'");
  const trunkline = 'trunkline() { echo "$*"; [[ $1 != rollback || $2 != orders ]]; }\n';
  const { status, stdout } = spawnSync('bash', ['-e', '-c', trunkline + script], {
    env: { PATH: process.env['PATH'], ENVIRONMENT: 'prod', REASON: 'ill', ...env },
    encoding: 'utf8',
  });
  return { code: status, said: stdout.trim().split('\n') };
}

test('a way back that fails keeps no other waiting, and its team and the platform hear of it', () => {
  const back = (service: string): string => `rollback ${service} --environment prod --reason ill --as-configured`;
  const told = (kind: string, service: string, more = ''): string =>
    `ci notify --kind ${kind} --service ${service} --environment prod --reason ill${more} --once`;
  const quiet = filesOf('{ argocd: "{service}-{environment}" }');
  expect(putBack(quiet)).toEqual({ code: 1, said: [back('orders'), back('catalog')] });
  expect(read(quiet, '.github/workflows/health.yml').jobs.record.permissions).toEqual({});

  const files = filesOf('{ argocd: "{service}-{environment}" }', 'notify: { slack: {}, pagerduty: {} }\n', 'off');
  const orders = [
    back('orders'),
    told('rollback-failed', 'orders', ', and the way back failed'),
    told('failed', 'orders'),
    back('catalog'),
  ];
  expect(putBack(files)).toEqual({
    code: 1,
    said: [...orders, told('rollback', 'catalog', ', and the release before is put back'), told('failed', 'catalog')],
  });
  expect(putBack(files, { OFF: 'true' }).said).toEqual([...orders, told('failed', 'catalog')]);
  const { permissions, steps } = read(files, '.github/workflows/health.yml').jobs.record;
  expect(permissions).toEqual({ contents: 'read', statuses: 'write' });
  expect(steps.at(-1)).toMatchObject({
    if: "failure() && steps.health.outputs.failed == ''",
    env: { KIND: 'infrastructure', PAGERDUTY_ROUTING_KEY: '${{ secrets.PAGERDUTY_ROUTING_KEY }}' },
  });
});

test('what puts itself back does so by the App that may go around the rules', () => {
  const files = filesOf('{ flux: "{service}-{environment}" }', '', 'automatic');
  const { steps } = read(files, '.github/workflows/health.yml').jobs.record;
  expect(steps.at(-1).env.TRUNKLINE_APP_ID).toBe(
    '${{ contains(fromJSON(\'["prod"]\'), matrix.environment) && secrets.ROLLBACK_APP_ID || secrets.TRUNKLINE_APP_ID }}',
  );
});

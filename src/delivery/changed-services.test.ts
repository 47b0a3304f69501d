import { expect, test } from 'vitest';
import { parseConfig } from '../config/parse-config.ts';
import type { ServicesConfig } from '../config/services.ts';
import { changedServices } from './changed-services.ts';

function configOf(services: string, depends = '{}'): ServicesConfig {
  const { services: read } = parseConfig(
    'trunkline.yaml',
    `kind: Services\ninfra: acme/infra\nservices: ${services}\ndepends: ${depends}\n`,
  );
  if (read === undefined) throw new Error('no services');
  return read;
}

const config = configOf(
  `
  orders: { path: app/orders, depends: [libs/money, .github/workflows/orders.yml] }
  catalog: { path: app/catalog }
  web: { path: app/web, depends: [app/catalog] }`,
  '{ libs/money: [libs/base], libs/base: [proto, libs/money], app/catalog/api: [proto/catalog.proto] }',
);

test.each([
  ['its own folder', ['app/orders/main.go'], ['orders']],
  ['a folder that only begins like it', ['app/orders-old/main.go', 'app/ordersx'], []],
  ['a file that it depends on', ['.github/workflows/orders.yml'], ['orders']],
  ['what it depends on', ['libs/money/money.go'], ['orders']],
  ['what that depends on, around a circle', ['proto/a.proto'], ['orders']],
  ['another service, and what depends on it', ['app/catalog/x'], ['catalog', 'web']],
  ['what a part of a service depends on', ['proto/catalog.proto'], ['orders', 'catalog', 'web']],
  ['nothing of theirs', ['README.md'], []],
])('%s', (_name, paths, services) => {
  expect(changedServices(config, paths, config).map((one) => one.service)).toEqual(services);
});

test('everything, where nothing says what changed', () => {
  expect(changedServices(config, undefined, undefined)).toHaveLength(3);
});

test('a service of which trunkline.yaml says something else', () => {
  const before = configOf('{ catalog: { path: app/catalog }, web: { path: app/web } }');
  expect(changedServices(config, ['trunkline.yaml'], before).map((one) => one.service)).toEqual([
    'orders',
    'catalog',
    'web',
  ]);
  const same = configOf('{ web: { path: app/web } }', '{ libs: [proto] }');
  expect(changedServices(same, [], configOf('{ web: { path: app/web } }'))).toEqual([]);
});

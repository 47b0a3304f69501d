import { expect, test } from 'vitest';
import { compareRendered } from './compare-rendered.ts';

const rendered = (environment: string, more = '', { image = '1', log = 'info' } = {}): string => `apiVersion: apps/v1
kind: Deployment
metadata: { name: orders, namespace: ${environment} }
spec:
  replicas: ${environment === 'prod' ? 6 : 1}
  template:
    spec:
      containers:
        - name: orders
          image: registry/orders@sha256:${image}
          env: [{ name: HOST, value: "orders.${environment}.example.com" }, { name: LOG, value: ${log} }]
${more}`;
const between = (before: string, after: string, allow: readonly string[] = []) =>
  compareRendered({ environment: 'staging', text: before }, { environment: 'prod', text: after }, allow);

test('image, replicas, namespace and the environment’s own name may differ', () => {
  expect(between(rendered('staging'), rendered('prod', '', { image: '2' }))).toEqual([]);
});

test('an object that one of them lacks is named, as is a field that differs', () => {
  const extra = '---\napiVersion: v1\nkind: ConfigMap\nmetadata: { name: extra }\ndata: { a: b }\n';
  expect(between(rendered('staging', extra), rendered('prod'))).toEqual([
    { object: 'ConfigMap/extra', before: 'there' },
  ]);
  expect(between(rendered('staging'), rendered('prod', '', { log: 'debug' }))).toEqual([
    {
      object: 'Deployment/orders',
      field: 'spec.template.spec.containers.orders.env.LOG.value',
      before: 'info',
      after: 'debug',
    },
  ]);
});

test('what is allowed may differ and nothing beside it; order of named entries says nothing', () => {
  const config = (path: string, more: string): string =>
    `kind: ConfigMap\nmetadata: { name: s, annotations: { vault.io/path: ${path} } }\ndata: { level: ${more} }\n`;
  const both = [config('a', '1'), config('b', '2')] as const;
  expect(between(...both, ['metadata.annotations.vault.io/path']).map(({ field }) => field)).toEqual(['data.level']);
  expect(between(...both, ['**.vault.io/path', 'data.*'])).toEqual([]);
  const list = (names: readonly string[]): string =>
    `kind: A\nmetadata: { name: a }\nlist: [${names.map((name) => `{ name: ${name} }`).join(', ')}]\n`;
  expect(between(list(['a', 'b']), list(['b', 'a']))).toEqual([]);
});

test('lists of kubectl are taken apart, and what is no manifest is refused', () => {
  const list = 'kind: List\nitems:\n  - { kind: Service, metadata: { name: a } }\n';
  expect(between(list, 'kind: Service\nmetadata: { name: a }\n')).toEqual([]);
  expect(() => between('- 1\n', '')).toThrow('expected manifests of staging as YAML, found something else');
});

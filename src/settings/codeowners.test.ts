import { expect, test } from 'vitest';
import { parseConfig } from '../config/parse-config.ts';
import { matchesPath, ownersOf, parseCodeOwners } from '../forge/rules/code-owners.ts';
import { renderCodeowners } from './codeowners.ts';

const read = (text: string): string => renderCodeowners('acme', parseConfig('trunkline.yaml', text)) ?? '';
/** As GitHub reads it. */
const owner = (text: string, path: string): readonly string[] => ownersOf(parseCodeOwners(text), path);

const infra = `
kind: Environments
accept: { acme/bookstore: { services: { catalog: catalog-team, orders: orders-team } } }
manifests: { kustomize: "services/{service}/overlays/{environment}", image: "bookstore/{service}" }
environments:
  dev: { track: main }
  prod: { from: dev, approve: { owner: 1, platform: 1 } }
`;

test('pins and records are the policy’s, all else belongs to who approves for every service', () => {
  const text = read(infra);
  expect(text).toMatchInlineSnapshot(`
    "# Written by trunkline from trunkline.yaml: change it there, then run \`trunkline generate\`.
    # The last line that matches a path counts.
    *                                            @acme/platform
    /services/*/overlays/dev/kustomization.yaml
    /services/*/overlays/prod/kustomization.yaml
    /.trunkline/
    /.github/                                    @acme/platform
    /trunkline.yaml                              @acme/platform
    /trunkline.lock                              @acme/platform
    "
  `);
  expect(owner(text, 'services/orders/overlays/prod/kustomization.yaml')).toEqual([]);
  expect(owner(text, '.trunkline/holds.yaml')).toEqual([]);
  expect(owner(text, 'services/orders/base/deployment.yaml')).toEqual(['acme/platform']);
  expect(owner(text, '.github/workflows/deploy.yml')).toEqual(['acme/platform']);
});

test('a service’s folder is its owner’s; workflows in it are not', () => {
  const text = read(`
kind: Services
infra: acme/bookstore-infra
owners: [platform]
services:
  catalog: { path: app/catalog, owner: catalog-team }
  orders: { path: app/orders }
`);
  expect(owner(text, 'app/catalog/main.go')).toEqual(['acme/catalog-team']);
  expect(owner(text, 'app/orders/main.go')).toEqual(['acme/platform']);
  expect(owner(text, '.github/workflows/catalog.yml')).toEqual(['acme/platform']);
});

test('a service that is the whole repository still does not own its workflows', () => {
  const text = read(`
kind: Services
infra: acme/infra
owners: [platform]
services: { api: { owner: api-team } }
`);
  expect(owner(text, 'src/main.go')).toEqual(['acme/api-team']);
  expect(owner(text, 'trunkline.yaml')).toEqual(['acme/platform']);
});

test('where nobody is named there is no file, and GitHub takes every line of one that is', () => {
  expect(read('kind: Services\ninfra: acme/infra\nservices: { api: {} }\n')).toBe('');
  const lines = read(infra)
    .split('\n')
    .filter((one) => one !== '' && !one.startsWith('#'));
  expect(parseCodeOwners(read(infra))).toHaveLength(lines.length);
  expect(
    matchesPath('/services/*/overlays/prod/kustomization.yaml', 'services/a/overlays/prod/kustomization.yaml'),
  ).toBe(true);
});

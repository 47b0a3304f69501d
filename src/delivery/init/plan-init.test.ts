import { expect, test } from 'vitest';
import { parseConfig } from '../../config/parse-config.ts';
import { placeOf } from '../../manifest/place.ts';
import type { InitAnswers } from './init-answers.ts';
import { type InitPlan, planInit } from './plan-init.ts';

const digest = `sha256:${'a'.repeat(64)}`;

function plan(files: Record<string, string>, answers: InitAnswers = {}): InitPlan {
  const step = planInit({ name: 'shop', paths: Object.keys(files), texts: new Map(Object.entries(files)) }, answers);
  if ('ask' in step) throw new Error(`asks for ${step.ask.map(({ key }) => key).join(', ')}`);
  return step.plan;
}

function asks(files: Record<string, string>, answers: InitAnswers = {}): readonly string[] {
  const step = planInit({ name: 'shop', paths: Object.keys(files), texts: new Map(Object.entries(files)) }, answers);
  return 'ask' in step ? step.ask.map(({ key }) => key) : [];
}

const config = (made: InitPlan): string => made.files.find(({ path }) => path === 'trunkline.yaml')?.text ?? '';

test('one service that is the whole repository, with the commands of its package.json', () => {
  const files = {
    Dockerfile: 'FROM node:22-alpine\n',
    'package.json': '{"name":"@acme/api","engines":{"node":">=22"},"scripts":{"lint":"eslint .","test":"node --test"}}',
    'package-lock.json': '{}',
  };
  expect(asks(files)).toEqual(['infra']);
  expect(config(plan(files, { infra: 'acme/infra' }))).toBe(
    `kind: Services
infra: acme/infra
defaults:
  setup: { node: "22" }
  commands: { install: npm ci, lint: npm run lint, unit: npm test }
services:
  api: { path: . }
`,
  );
});

test('several services: what they share stands once, what differs beside each; sources without a Dockerfile are named', () => {
  const made = plan(
    {
      'go.mod': 'module github.com/acme/bookstore\n\ngo 1.23\n',
      'go.sum': '',
      'compose.yaml': 'services:\n  db:\n    image: postgres:16-alpine\n  shop:\n    image: acme/shop:1\n',
      'app/catalog/Dockerfile': 'FROM scratch\n',
      'app/catalog/Makefile': 'lint:\n\tgo vet ./...\ntest:\n\tgo test ./...\nit:\n\tgo test -tags it ./...\n',
      'app/orders/Dockerfile': 'FROM scratch\n',
      'app/orders/Makefile': 'lint:\n\tgo vet ./...\nunit: lint\n\tgo test ./...\n',
      'tools/report/pyproject.toml': '[project]\nname = "report"\n',
      'app/catalog/testdata/x/Dockerfile': 'FROM scratch\n',
      '.github/workflows/ci.yml': 'env:\n  REGISTRY: 123456789012.dkr.ecr.eu-west-1.amazonaws.com/bookstore/catalog\n',
    },
    { infra: 'acme/bookstore-infra' },
  );
  expect(config(made)).toBe(
    `kind: Services
infra: acme/bookstore-infra
registry: { ecr: "123456789012/eu-west-1", prefix: bookstore }
defaults:
  setup: { go: "1.23" }
  commands: { lint: make lint }
services:
  catalog: { path: app/catalog, depends: [go.mod, go.sum], uses: ["postgres:16-alpine"], commands: { unit: make test, integration: make it } }
  orders: { path: app/orders, depends: [go.mod, go.sum], uses: ["postgres:16-alpine"], commands: { unit: make unit } }
`,
  );
  expect(made.notes).toEqual([
    'tools/report/pyproject.toml has no Dockerfile beside it, so it is no service; --service NAME=tools/report takes it in',
  ]);
});

const accept = [{ repository: 'acme/app', services: [] }];
const told: InitAnswers = { accept, teams: new Map([['*', 'api-team']]), deploy: '', split: false };
const values = (word: string): string => `image:\n  repository: ghcr.io/acme/api\n  tag: ${word}\n`;
const overlay = (name: string): string => `images:\n- name: bookstore/${name}\n  newTag: v1\n`;

test.each<[string, Record<string, string>, string]>([
  [
    'JSON for each environment, by commit',
    Object.fromEntries(
      ['prod', 'dev', 'staging'].map((name) => [`envs/${name}.json`, `{"api":{"tag":"${'1'.repeat(40)}"}}`]),
    ),
    '{ json: "envs/{environment}.json", path: "{service}.tag" }',
  ],
  [
    'an overlay for each service',
    Object.fromEntries(
      ['dev', 'staging', 'prod'].flatMap((name) =>
        ['catalog', 'orders'].map((service) => [
          `services/${service}/overlays/${name}/kustomization.yaml`,
          overlay(service),
        ]),
      ),
    ),
    '{ kustomize: "services/{service}/overlays/{environment}", image: "bookstore/{service}" }',
  ],
  [
    'Helm values beside the chart',
    {
      'charts/api/values-dev.yaml': values('v3'),
      'charts/api/values-staging.yaml': values('v2'),
      'charts/api/values-prod.yaml': values('v1'),
    },
    '{ helm: "charts/{service}/values-{environment}.yaml", path: image }',
  ],
  [
    'one file for each environment with several services',
    Object.fromEntries(
      ['dev', 'staging', 'prod'].map((name) => [
        `envs/${name}.yaml`,
        `api: { image: "a/api@${digest}" }\nweb: { image: "a/web:1" }\n`,
      ]),
    ),
    '{ yaml: "envs/{environment}.yaml", path: "{service}.image" }',
  ],
])('%s: one line leads to every pin that is there', (_name, files, manifests) => {
  const made = plan(files, told);
  expect(config(made)).toContain(`manifests: ${manifests}\n`);
  const { environments } = parseConfig('trunkline.yaml', config(made));
  expect(environments?.environments.map(({ name, from, track }) => [name, from ?? track])).toEqual([
    ['dev', 'main'],
    ['staging', 'dev'],
    ['prod', 'staging'],
  ]);
  const services = [...(environments?.accept[0]?.services.keys() ?? [])];
  const places = services.flatMap((service) =>
    ['dev', 'staging', 'prod'].map((name) => environments && placeOf(environments, service, name).file),
  );
  expect([...new Set(places)].sort()).toEqual(Object.keys(files).sort());
});

test('a pin by tag alone is said: a digest has no place there', () => {
  const files = { 'envs/dev.json': `{"api":{"tag":"${'1'.repeat(40)}"}}` };
  expect(plan(files, told).notes.join()).toContain('envs/dev.json: pinned by a tag alone, where a digest has no place');
});

test('where a release could not be written, that is said with what makes room for it', () => {
  const values = 'image:\n  repository: ghcr.io/acme/api\n  tag: "1.0.0"\n';
  const files = { 'apps/api/dev/values.yaml': values, 'apps/api/prod/values.yaml': values };
  const [note = ''] = plan(files, told).notes;
  expect(note).toContain('apps/api/dev/values.yaml, apps/api/prod/values.yaml: no release can be written there');
  expect(note).toContain('add digest: ""');
  const roomy = Object.fromEntries(Object.entries(files).map(([path, text]) => [path, `${text}  digest: ""\n`]));
  expect(plan(roomy, told).notes.join()).not.toContain('no release can be written');
});

test('a shared manifest is said, with a file for each service offered; the offer keeps everything of a service', () => {
  const files = Object.fromEntries(
    ['dev', 'prod'].map((name) => [
      `envs/${name}.json`,
      `{"api":{"image":"ghcr.io/acme/api@${digest}","replicas":2},"web":{"image":"ghcr.io/acme/web:v1"}}`,
    ]),
  );
  expect(asks(files, { ...told, split: undefined as never })).toEqual(['split']);
  expect(plan(files, told).notes.join('\n')).toContain('approvals by team cannot be told apart by path');
  const made = plan(files, { ...told, split: true });
  expect(config(made)).toContain('manifests: { json: "envs/{environment}/{service}.json", path: image }\n');
  expect(made.files.map(({ path }) => path)).toEqual([
    'trunkline.yaml',
    'envs/dev/api.json',
    'envs/prod/api.json',
    'envs/dev/web.json',
    'envs/prod/web.json',
  ]);
  expect(JSON.parse(made.files[1]?.text ?? '')).toEqual({ image: `ghcr.io/acme/api@${digest}`, replicas: 2 });
  expect(made.notes.join('\n')).toContain('envs/dev.json, envs/prod.json reads the new files, delete the old ones');
});

test('teams come from CODEOWNERS where one line names one, Argo CD from its Applications', () => {
  const files = {
    CODEOWNERS: '* @acme/platform\n/services/catalog/ @acme/catalog-team # theirs\n',
    'services/catalog/overlays/dev/kustomization.yaml': overlay('catalog'),
    'services/catalog/overlays/prod/kustomization.yaml': overlay('catalog'),
    'argocd/apps.yaml':
      'apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata:\n  name: catalog-dev\n---\napiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata:\n  name: catalog-prod\n',
  };
  expect(asks(files, { accept })).toEqual(['repository']);
  const made = plan(files, { accept, repository: 'acme/infra' });
  expect(config(made)).toContain('kind: Environments\nrepository: acme/infra\n');
  expect(config(made)).toContain('    services: { catalog: catalog-team }\n');
  expect(config(made)).toContain('deploy: { argocd: "{service}-{environment}" }\n');
});

test('a repository without anything is asked what it is, and begins with a manifest for each service and environment', () => {
  expect(asks({ 'README.md': '# hi' })).toEqual(['kind']);
  const kind = 'environments' as const;
  expect(asks({ 'README.md': '# hi' }, { kind })).toEqual(['accept', 'environments', 'deploy']);
  const made = plan(
    { 'README.md': '# hi' },
    {
      kind,
      accept: [{ repository: 'acme/app', services: ['api'] }],
      environments: ['dev', 'staging', 'prod'],
      teams: new Map([['*', 'api-team']]),
      deploy: 'trunkline lab deploy',
    },
  );
  expect(made.files[0]?.text).toContain(
    'deploy: { command: trunkline lab deploy, health: "http://{service}.{environment}.acme.test/health", secrets: [DEPLOY_TOKEN] }\n',
  );
  expect(made.files.map(({ path }) => path)).toEqual([
    'trunkline.yaml',
    'envs/dev/api.json',
    'envs/staging/api.json',
    'envs/prod/api.json',
  ]);
});

test('a repository that holds both is described in one file, and ships its own', () => {
  const made = plan(
    {
      'app/api/Dockerfile': 'FROM scratch\n',
      'deploy/dev/api.yaml': `image: ghcr.io/acme/api@${digest}\n`,
      'deploy/prod/api.yaml': `image: ghcr.io/acme/api@${digest}\n`,
    },
    { repository: 'acme/shop', teams: new Map([['*', 'api-team']]), deploy: 'make deploy' },
  );
  const { services, environments } = parseConfig('trunkline.yaml', config(made));
  expect(services?.infra).toBe('acme/shop');
  expect(environments?.accept[0]?.repository).toBe('acme/shop');
});

test('a workspace: packages that a service needs, what its build copies from the root, how its lock file installs', () => {
  const made = plan(
    {
      'package.json': '{"workspaces":["packages/*"]}',
      'pnpm-lock.yaml': '',
      'packages/api/package.json':
        '{"name":"@shop/api","dependencies":{"@shop/money":"*"},"scripts":{"lint":"eslint .","test":"node --test"}}',
      'packages/api/Dockerfile':
        'FROM node:22 AS build\nCOPY pnpm-lock.yaml ./\nCOPY --chown=node packages/api packages/api\nCOPY packages/money packages/money\nFROM node:22\nCOPY --from=build /app /app\n',
      'packages/money/package.json': '{"name":"@shop/money","devDependencies":{"@shop/kit":"*"}}',
      'packages/kit/package.json': '{"name":"@shop/kit"}',
      'services/mail/src/Containerfile': 'FROM python:3.13 AS minimal\nCOPY . .\nFROM minimal AS full\nRUN ["true"]\n',
      'services/mail/src/requirements-dev.txt': 'pytest==9\n',
      'services/mail/src/requirements.txt': 'flask\n',
      Makefile: 'lint:\n\ttrue\n',
      'tools/job/Dockerfile': 'FROM scratch\n',
    },
    { infra: 'acme/infra' },
  );
  expect(config(made).split('services:\n')[1]).toBe(
    `  api: { path: packages/api, context: ., depends: [pnpm-lock.yaml, packages/kit, packages/money], commands: { install: "corepack enable && pnpm install --frozen-lockfile", lint: pnpm run lint, unit: pnpm test } }
  mail: { path: services/mail/src, dockerfile: Containerfile, depends: [pnpm-lock.yaml], commands: { install: pip install -r requirements-dev.txt -r requirements.txt pytest, unit: pytest } }
  job: { path: tools/job, depends: [pnpm-lock.yaml], commands: { install: "corepack enable && pnpm install --frozen-lockfile", lint: make -C ../.. lint } }
`,
  );
  expect(made.notes.join('\n')).toContain('mail: its Dockerfile has the stages minimal, full, and the last stage');
});

test.each([
  ['uv.lock', 'pip install uv && uv sync --locked', 'uv run pytest'],
  ['poetry.lock', 'pip install poetry && poetry install', 'poetry run pytest'],
  ['README.md', 'pip install ".[dev]" ruff pytest', 'pytest'],
])('Python with %s: what its commands need is installed', (lock, install, unit) => {
  const made = plan(
    {
      [lock]: '',
      Dockerfile: 'FROM scratch\n',
      '.python-version': '3.13.1\n',
      'pyproject.toml':
        '[project]\nname = "api"\n[project.optional-dependencies]\ndev = ["pytest"]\n[tool.ruff]\nline-length = 100\n',
    },
    { infra: 'acme/infra' },
  );
  const { services } = parseConfig('trunkline.yaml', config(made));
  const { commands, setup } = services?.services.get('api') ?? {};
  expect([commands?.install, commands?.unit, setup?.python]).toEqual([install, unit, '3.13']);
});

const values2 = (region: string): Record<string, string> =>
  Object.fromEntries(
    ['staging', 'prod', 'dev'].map((name) => [`environments/${name}/${region}/api.yaml`, values('v1')]),
  );

test('environments in several regions are copies of one, each behind its own', () => {
  const made = plan({ ...values2('eu'), ...values2('us') }, told);
  expect(config(made).slice(config(made).indexOf('manifests:'))).toBe(
    `manifests: { yaml: "environments/{group}/{region}/{service}.yaml", path: image }
groups:
  dev: {}
  staging: { approve: { owner: 1 } }
  prod: { approve: { owner: 1 } }
environments:
  dev-eu: { track: main, group: dev, region: eu, merge: auto }
  dev-us: { track: main, group: dev, region: us, merge: auto }
  staging-eu: { from: dev-eu, group: staging, region: eu }
  staging-us: { from: dev-us, group: staging, region: us }
  prod-eu: { from: staging-eu, group: prod, region: eu }
  prod-us: { from: staging-us, group: prod, region: us }
`,
  );
});

test('names that begin with a usual one are ordered by it; where not all do, the order is asked', () => {
  const named = (...names: string[]): Record<string, string> =>
    Object.fromEntries(names.map((name) => [`envs/${name}/api.yaml`, `image: ghcr.io/acme/api@${digest}\n`]));
  const feeds = (files: Record<string, string>, answers: InitAnswers): readonly unknown[] =>
    parseConfig('t', config(plan(files, answers))).environments?.environments.map(({ name, from }) => [name, from]) ??
    [];
  expect(feeds(named('prod-a', 'prod-b', 'staging-a', 'staging-b', 'qa'), told)).toEqual([
    ['qa', undefined],
    ['staging-a', 'qa'],
    ['staging-b', 'qa'],
    ['prod-a', 'staging-a'],
    ['prod-b', 'staging-b'],
  ]);
  expect(asks(named('blue', 'prod'), told)).toEqual(['environments']);
  expect(feeds(named('blue', 'prod'), { ...told, environments: ['blue', 'prod'] })).toEqual([
    ['blue', undefined],
    ['prod', 'blue'],
  ]);
});

test('an ApplicationSet that names by folder says how its Applications are called', () => {
  const set = (name: string): Record<string, string> => ({
    'apps/api/dev/kustomization.yaml': overlay('api'),
    'apps/api/prod/kustomization.yaml': overlay('api'),
    'argocd/set.yaml': `apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nspec:\n  template:\n    metadata:\n      name: '${name}'\n`,
  });
  const told2 = { accept, teams: new Map([['*', 'api-team']]), repository: 'acme/infra' };
  const made = (name: string): InitPlan => plan(set(name), told2);
  expect(config(made('{{ index .path.segments 1 }}-{{ .path.basename }}'))).toContain(
    'deploy: { argocd: "{service}-{environment}" }\n',
  );
  expect(config(made('{{path.basename}}-{{path[1]}}'))).toContain('deploy: { argocd: "{environment}-{service}" }\n');
  expect(made('{{ .path.basename }}').notes.join('\n')).toContain('argocd/set.yaml: Argo CD deploys from here');
});

test('it refuses to overwrite, and says so where no one line leads to all pins', () => {
  expect(() => plan({ 'trunkline.yaml': '' })).toThrow(/expected no trunkline.yaml yet, found one/);
  const files = { 'images.yaml': 'dev:\n  api: { image: "a/api:1" }\nprod:\n  api: { image: "a/api:1" }\n' };
  expect(() => plan(files, told)).toThrow(/with \{environment\} in the file's path; found images.yaml/);
});

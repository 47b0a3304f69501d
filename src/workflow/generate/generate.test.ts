import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { parseWorkflow } from '../parse-workflow.ts';
import { generate, generateShared } from './generate.ts';
import type { GeneratedFile } from './generated-file.ts';
import { parseLock } from './lock.ts';
import { configOf, environmentsTexts, servicesTexts } from './testing/configurations.ts';

const nothing = (): undefined => undefined;
const noLock = parseLock(undefined);

function filesOf(text: string): readonly GeneratedFile[] {
  return generate(configOf(text), noLock, nothing).files;
}

const isWorkflow = ({ path }: GeneratedFile): boolean => path.startsWith('.github/workflows/');

/** What GitHub's own loader says of every workflow, calls included. */
function faults(files: readonly GeneratedFile[]): readonly string[] {
  const byPath = new Map(files.map(({ path, text }) => [path, text]));
  return files.filter(isWorkflow).flatMap(({ path, text }) =>
    parseWorkflow(
      { path, text },
      {
        tokenDefault: 'read',
        readCalled: (name: string) => byPath.get(name.replace(/^\.\//, '')),
      },
    ).problems.map((one) => `${path}: ${one.message}`),
  );
}

interface Job {
  readonly if?: string;
  readonly uses?: string;
  readonly environment?: unknown;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly 'timeout-minutes'?: unknown;
  readonly steps?: readonly {
    readonly uses?: string;
    readonly run?: string;
    readonly with?: Record<string, unknown>;
  }[];
}

/** Rules that hold whatever the configuration says. */
function holes({ path, text }: GeneratedFile): readonly string[] {
  const workflow = parse(text) as { on: Record<string, unknown>; permissions: object; jobs: Record<string, Job> };
  const ofPulls = 'pull_request' in workflow.on || 'workflow_call' in workflow.on;
  return [
    ...(JSON.stringify(workflow.permissions) === '{}' ? [] : ['permissions at the top']),
    ...('pull_request_target' in workflow.on ? ['pull_request_target'] : []),
    ...Object.entries(workflow.jobs).flatMap(([id, job]) => [
      ...(job.permissions === undefined ? [`${id}: no permissions`] : []),
      ...(job.uses === undefined && job['timeout-minutes'] === undefined ? [`${id}: no timeout`] : []),
      ...(ofPulls && /\bsecrets\.[A-Z]/.test(JSON.stringify(job.steps ?? [])) && job.environment === undefined
        ? [`${id}: secrets outside of an environment`]
        : []),
      ...(job.steps ?? []).flatMap(({ uses, run, with: given }) => [
        ...(run?.includes('${{') === true ? [`${id}: an expression in a script`] : []),
        ...(uses !== undefined && !/^[\w.-]+\/[\w.-]+@[0-9a-f]{40}$/.test(uses) ? [`${id}: ${uses}`] : []),
        ...(uses?.startsWith('actions/checkout@') === true && given?.['persist-credentials'] !== false
          ? [`${id}: checkout leaves its token`]
          : []),
      ]),
    ]),
  ].map((one) => `${path}: ${one}`);
}

test('GitHub takes every workflow of any application repository, and none has a hole', () => {
  fc.assert(
    fc.property(servicesTexts, (text) => {
      const files = filesOf(text);
      expect(faults(files)).toEqual([]);
      expect(files.filter(isWorkflow).flatMap(holes)).toEqual([]);
      expect(filesOf(text)).toEqual(files);
    }),
    { numRuns: 40, seed: 7 },
  );
});

test('GitHub takes every workflow of any infra repository, and none has a hole', () => {
  fc.assert(
    fc.property(environmentsTexts, (text) => {
      const files = filesOf(text);
      expect(faults(files)).toEqual([]);
      expect(files.filter(isWorkflow).flatMap(holes)).toEqual([]);
    }),
    { numRuns: 30, seed: 7 },
  );
});

test('a workflow shared by several repositories takes what each of them says', () => {
  const shared = generateShared(noLock, nothing).files;
  expect(faults(shared)).toEqual([]);
  expect(shared.filter(isWorkflow).flatMap(holes)).toEqual([]);
  const sha = '1'.repeat(40);
  const lock = { actions: { 'acme/platform': { version: 'v2', sha, resolved: '2026-11-25' } }, tools: {} };
  const text = `kind: Services
infra: acme/infra
workflows: acme/platform
registry: { ecr: "123456789012/eu-west-1" }
apps: { propose: acme-propose }
notify: { slack: { teams: [orders-team] }, pagerduty: { when: [infrastructure] } }
defaults: { scan: {}, uses: [postgres:16], commands: { unit: make test } }
services: { orders: { path: app/orders, owner: orders-team } }
`;
  const own = generate(configOf(text), lock, nothing).files;
  const names = own.map(({ path }) => path);
  expect(names).not.toContain('.github/workflows/publish.yml');
  const delivery = own.find(({ path }) => path.endsWith('/delivery.yml'))?.text ?? '';
  expect(delivery).toContain(`uses: acme/platform/.github/workflows/publish.yml@${sha} # v2`);
  // What is told, and what is looked for before, is the same as in a workflow of the repository's own.
  const { rings, notify } = parse(delivery).jobs.orders.with;
  expect({ rings, notify }).toEqual({ rings: true, notify: true });
  expect(parse(delivery).jobs.orders.secrets).toMatchObject({
    PROPOSE_APP_KEY: '${{ secrets.PROPOSE_APP_KEY }}',
    SLACK_WEBHOOK_URL: '${{ secrets.SLACK_WEBHOOK_URL }}',
    TEAM_SLACK_WEBHOOK_URL: '${{ secrets.SLACK_WEBHOOK_URL_ORDERS_TEAM }}',
    PAGERDUTY_ROUTING_KEY: '${{ secrets.PAGERDUTY_ROUTING_KEY }}',
  });
  const { publish, tell } = parse(shared.find(({ path }) => path.endsWith('/publish.yml'))?.text ?? '').jobs;
  expect(publish.steps[0].env.WANTED).toBe(
    "${{ inputs.registry == 'oci' && 'REGISTRY_USERNAME REGISTRY_PASSWORD' || '' }} ${{ inputs.registry == 'ecr' && 'AWS_ROLE' || '' }} ${{ inputs.rings && 'PROPOSE_APP_ID PROPOSE_APP_KEY' || '' }}",
  );
  expect(tell.if).toBe("failure() && github.event_name == 'push' && inputs.notify");
  expect(tell.steps.at(-1).env).toHaveProperty('TEAM_SLACK_WEBHOOK_URL');
  const called = shared.find(({ path }) => path.endsWith('/publish.yml'))?.text;
  const { problems } = parseWorkflow(
    { path: '.github/workflows/delivery.yml', text: delivery },
    { tokenDefault: 'read', readCalled: () => called },
  );
  expect(problems).toEqual([]);
  expect(() => generate(configOf(text), noLock, nothing)).toThrow('expected acme/platform in trunkline.lock');
});

test('actions come from the forks and mirrors that are named, pinned by their own commits', () => {
  const sha = (digit: string): string => digit.repeat(40);
  const pin = (digit: string) => ({ version: 'v1', sha: sha(digit), resolved: '2026-11-25' });
  const lock = { actions: { 'acme/trunkline': pin('1'), 'acme/checkout': pin('2') }, tools: {} };
  const text = `kind: Services
infra: acme/infra
actions: { trunkline/trunkline: acme/trunkline, actions/checkout: acme/checkout }
services: { orders: { path: app/orders } }
`;
  const { files, unresolved } = generate(configOf(text), lock, nothing);
  const all = files.map((one) => one.text).join('\n');
  expect(all).toContain(`uses: acme/trunkline@${sha('1')} # v1`);
  expect(all).toContain(`uses: acme/checkout@${sha('2')} # v1`);
  expect(all).not.toMatch(/uses: (?:trunkline\/trunkline|actions\/checkout)@/);
  expect(unresolved).toEqual([]);
  expect(() => generate(configOf(text), noLock, nothing)).toThrow('expected acme/checkout in trunkline.lock');
  expect(() => generate(configOf(text.replace('actions/checkout', 'actions/chekout')), lock, nothing)).toThrow(
    'actions.actions/chekout: expected an action that workflows use, found another',
  );
  const [shared] = generateShared(lock, nothing, { 'trunkline/trunkline': 'acme/trunkline' }).files;
  expect(shared?.text).toContain(`uses: acme/trunkline@${sha('1')}`);
});

test('one more service is a few lines in one file', () => {
  const services = (count: number): string =>
    `kind: Services\ninfra: acme/infra\ndefaults: { commands: { lint: make lint, unit: make test, integration: make it }, uses: [postgres:16] }\nservices:\n${Array.from({ length: count }, (_, index) => `  s${index}: { path: app/s${index}, coverage: [cover.out] }\n`).join('')}`;
  const few = filesOf(services(3));
  const more = filesOf(services(4));
  const changed = more.filter(({ path, text }) => few.find((one) => one.path === path)?.text !== text);
  expect(changed.map(({ path }) => path)).toEqual(['.github/dependabot.yml', '.github/workflows/delivery.yml']);
  const lines = (files: readonly GeneratedFile[]): number =>
    files.map(({ text }) => text.split('\n').length).reduce((a, b) => a + b, 0);
  expect(lines(more) - lines(few)).toBeLessThanOrEqual(25);
});

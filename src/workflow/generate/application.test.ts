import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { evaluateExpression } from '../../expression/evaluate-expression.ts';
import { toPlain } from '../../expression/json.ts';
import { generate } from './generate.ts';
import { parseLock } from './lock.ts';
import { configOf } from './testing/configurations.ts';

interface Step {
  readonly name?: string;
  readonly id?: string;
  readonly if?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
}

function filesOf(more: string): (name: string) => ReturnType<typeof parse> {
  const text = `kind: Services
infra: acme/infra
${more}`;
  const { files } = generate(configOf(text), parseLock(undefined), () => undefined);
  const texts = new Map(files.map((one) => [one.path, one.text]));
  return (name) => parse(texts.get(name) ?? texts.get(`.github/workflows/${name}`) ?? 'null');
}

const shop = filesOf(`registry: { ecr: "123456789012/eu-west-1", prefix: shop }
budget: { pull-request: 5m, main: 15m }
runners: { publish: [publish-pool] }
defaults:
  platforms: [linux/amd64, linux/arm64]
  setup: { go: "1.25" }
  commands: { lint: make lint, unit: make test, integration: make it, image: ./smoke.sh }
  scan: { fail: high, unfixed: ignore }
  quality: [dockerfile, shell, yaml]
  attest: [signature, provenance, spdx]
services:
  catalog: { path: catalog, uses: [postgres:16] }
  orders: { path: orders, targets: [minimal, runtime], uses: [postgres:16, rabbitmq:3.13] }
security: {}
`);
const publish = shop('publish.yml');
const delivery = shop('delivery.yml');
const { jobs } = publish;
const steps = (job: string): readonly Step[] => jobs[job].steps;
const scripts = (job: string): string =>
  steps(job)
    .map(({ run = '' }) => run)
    .join('\n');

/** An expression as GitHub would answer it. */
function answer(expression: string, contexts: Readonly<Record<string, unknown>>): unknown {
  const bare = /^\$\{\{ ([\s\S]*) \}\}$/.exec(expression)?.[1] ?? expression;
  return toPlain(evaluateExpression(bare, contexts, { cancelled: () => false, always: () => true }));
}

/** A script as the runner's bash carries it out, after what stands for programs. */
function carryOut(
  script = '',
  env: Readonly<Record<string, string>> = {},
  programs = '',
): { code: number | null; out: string } {
  const { status, stdout } = spawnSync('bash', ['-e', '-c', `${programs}\n${script}`], {
    env: { PATH: process.env['PATH'], ...env },
    encoding: 'utf8',
  });
  return { code: status, out: stdout };
}

const results = fc.constantFrom('success', 'failure', 'cancelled', 'skipped');
const outcome = fc.record({
  test: results,
  quality: results,
  integration: results,
  scan: results,
  publish: results,
  record: results,
});
const needs = (found: Readonly<Record<string, string>>): object =>
  Object.fromEntries(Object.entries(found).map(([id, result]) => [id, { result }]));
const inputs = {
  changed: true,
  integration: 'make it',
  'quality-dockerfile': true,
  'quality-shell': true,
  'quality-yaml': true,
};

describe('one service', () => {
  test('every service calls one workflow and has a check of its own, which always runs', () => {
    expect(Object.keys(delivery.jobs)).toEqual(['changed', 'catalog', 'orders']);
    for (const name of ['catalog', 'orders'])
      expect(delivery.jobs[name]).toMatchObject({
        if: '${{ !cancelled() }}',
        uses: './.github/workflows/publish.yml',
        with: { service: name },
      });
    expect(jobs.passed.if).toBe('always()');
    expect(JSON.stringify(delivery.on)).not.toContain('paths');
  });

  test('its check is green only where all that is asked for succeeded, and skipped never counts', () => {
    fc.assert(
      fc.property(outcome, fc.boolean(), (found, pushed) => {
        const said = answer(steps('passed')[0]?.env?.['PASSED'] ?? '', {
          inputs,
          needs: needs(found),
          github: { event_name: pushed ? 'push' : 'pull_request' },
        });
        const { test: tested, quality, integration, scan, record } = found;
        const asked = [tested, quality, integration, scan, ...(pushed ? [record] : [])];
        expect(said).toBe(asked.every((one) => one === 'success'));
      }),
    );
  });

  test('a service that nothing reached passes, and one of which that cannot be told is tested', () => {
    const given: string = delivery.jobs.orders.with.changed;
    const changed = (services: string, result = 'success'): unknown =>
      answer(given, { needs: { changed: { result, outputs: { services } } } });
    expect([changed('["catalog"]'), changed('["orders"]'), changed('["orders-worker"]')]).toEqual([false, true, false]);
    expect(changed('', 'failure')).toBe(true);
    const nothing = needs({
      test: 'skipped',
      quality: 'skipped',
      integration: 'skipped',
      scan: 'skipped',
      record: 'skipped',
    });
    const contexts = { inputs: { ...inputs, changed: false }, needs: nothing, github: { event_name: 'push' } };
    expect(answer(steps('passed')[0]?.env?.['PASSED'] ?? '', contexts)).toBe(true);
  });

  test('only a push publishes, and only after everything before it succeeded', () => {
    fc.assert(
      fc.property(outcome, fc.constantFrom('push', 'pull_request', 'merge_group', 'schedule'), (found, event) => {
        const starts = answer(jobs.publish.if, { inputs, needs: needs(found), github: { event_name: event } });
        const before = [found.test, found.quality, found.integration, found.scan];
        expect(starts).toBe(event === 'push' && before.every((one) => one === 'success'));
      }),
    );
    expect(jobs.integration.needs).toBe('test');
    expect(jobs.record.needs).toBe('publish');
  });
});

test('a newer push cancels the run of a pull request, and never one that publishes', () => {
  const { group, 'cancel-in-progress': cancels } = delivery.concurrency;
  const of = (github: object): readonly unknown[] => [
    answer(group.replace('delivery-', ''), { github }),
    answer(cancels, { github }),
  ];
  expect(of({ event_name: 'pull_request', sha: 'a', event: { pull_request: { number: 7 } } })).toEqual([7, true]);
  expect(of({ event_name: 'push', sha: 'a', event: {} })).toEqual(['a', false]);
});

test('each job may do what it needs and no more', () => {
  const granted = Object.fromEntries(
    Object.entries(jobs).map(([id, job]) => [id, (job as { permissions: object }).permissions]),
  );
  expect(granted).toEqual({
    test: { contents: 'read' },
    quality: { contents: 'read' },
    integration: { contents: 'read' },
    scan: { contents: 'read' },
    publish: { contents: 'read', 'id-token': 'write' },
    record: { contents: 'read', deployments: 'write' },
    passed: { actions: 'read' },
  });
  expect(Object.keys(jobs).filter((id) => jobs[id].environment !== undefined)).toEqual(['publish', 'record']);
});

test('lint and unit tests of a service run as they are written, and stop wherever they fail', () => {
  const commands = steps('test').filter(({ name = '' }) => ['Lint', 'Test'].includes(name));
  expect(commands.map(({ name, env }) => [name, env?.['COMMAND']])).toEqual([
    ['Lint', '${{ inputs.lint }}'],
    ['Test', '${{ inputs.unit }}'],
  ]);
  const { lint, unit } = publish.on.workflow_call.inputs;
  expect([lint.default, unit.default]).toEqual(['make lint', 'make test']);
  for (const { run } of commands) {
    expect(carryOut(run, { COMMAND: 'printf "%s\\n" "$((1 + 1))"; true | cat' })).toEqual({ code: 0, out: '2\n' });
    for (const COMMAND of ['exit 3', 'false; true', 'false | true', 'echo "$UNSET"'])
      expect(carryOut(run, { COMMAND }).code, COMMAND).not.toBe(0);
  }
});

test('linters for Dockerfiles, shell and YAML look before anything is built', () => {
  expect(scripts('quality')).toMatch(/hadolint [\s\S]*shellcheck [\s\S]*yamllint /);
  expect(jobs.publish.needs).toContain('quality');
});

test('integration tests run beside the services that they use, which serve before the first step', () => {
  const { 'postgres-16': postgres, 'rabbitmq-3-13': rabbitmq } = jobs.integration.services;
  expect(postgres).toMatchObject({
    ports: ['5432:5432'],
    options: expect.stringContaining('--health-cmd "pg_isready'),
  });
  const images = (uses: string): readonly unknown[] =>
    [postgres, rabbitmq].map(({ image }) => answer(image, { inputs: { uses } }));
  expect(images(delivery.jobs.catalog.with.uses)).toEqual(['postgres:16', '']);
  expect(images(delivery.jobs.orders.with.uses)).toEqual(['postgres:16', 'rabbitmq:3.13']);
});

test('what is in an image npm says of its own projects, and syft of all others; scans and tests are signed as they were', () => {
  const written = filesOf(`defaults: { scan: { fail: high }, commands: { unit: make test } }
services:
  api: { path: api, attest: [signature, classic, cyclonedx, vulnerabilities, test-result], results: out/junit.xml }
  web: { path: web, attest: [signature] }
`);
  const { test: tests, publish: publishing } = written('publish.yml').jobs;
  type Step = { name?: string; uses?: string; run?: string; if?: string; env?: Record<string, string> };
  const named = (name: string): Step | undefined => publishing.steps.find((one: Step) => one.name === name);
  const inputs = written('delivery.yml').jobs.api.with;
  expect(inputs).toMatchObject({ classic: true, cyclonedx: true, vulnerabilities: true, results: 'api/out/junit.xml' });
  expect(written('delivery.yml').jobs.web.with.classic).toBeUndefined();
  expect(named('Install syft')?.if).toBe(
    "inputs.cyclonedx && !(hashFiles(format('{0}/package-lock.json', inputs.path)) != '')",
  );
  const bom = named('Say what is in it (cyclonedx)')?.run;
  expect(bom).toContain('trunkline ci sbom "$FOLDER" --format cyclonedx');
  expect(bom).toContain('syft scan "registry:$IMAGE@$DIGEST" --output "cyclonedx-json=');
  expect(named('Sign')?.run).toBe('trunkline ci sign "$IMAGE@$DIGEST" ${CLASSIC:+--classic}');
  // What was scanned is what is signed: the report of the image by its digest.
  expect(named('Look at what was pushed')?.run).toContain('--output "$RUNNER_TEMP/image.json"');
  expect(named('Say what was found in it')?.run).toContain('--report "$RUNNER_TEMP/image.json"');
  expect(tests.steps.at(-1)).toMatchObject({ if: "inputs.results != '' && github.event_name == 'push'" });
  expect(named('Say which tests passed')?.run).toContain('--type test-result');
});

test('a health command is one word of the command line, whatever quotes it has', () => {
  const written = filesOf(`containers: { db: { image: "db:1", health: 'sh -c "a \\"b\\"" \\' } }
services: { api: { uses: [db], commands: { integration: make it } } }
`);
  expect(written('publish.yml').jobs.integration.services.db.options).toBe(
    '--health-cmd "sh -c \\"a \\\\\\"b\\\\\\"\\" \\\\" --health-interval 5s --health-timeout 5s --health-retries 20',
  );
});

test('there is an image for each target and one index for all platforms, tested before it is recorded', () => {
  expect(JSON.parse(delivery.jobs.orders.with.images).map((one: { target: string }) => one.target)).toEqual([
    'minimal',
    'runtime',
  ]);
  const build = steps('publish').find(({ id }) => id === 'archive');
  expect(build?.with).toMatchObject({ platforms: '${{ inputs.platforms }}', target: '${{ matrix.image.target }}' });
  expect(publish.on.workflow_call.inputs.platforms.default).toBe('linux/amd64,linux/arm64');
  const names = steps('publish').map(({ name = '' }) => name);
  expect(names.indexOf('Test the image')).toBeGreaterThan(names.indexOf('Push'));
  expect(names.slice(-5)).toEqual(['Sign', 'Say where it came from', 'Install syft', 'Say what is in it (spdx)', '']);
});

test('a tag is pushed once and never moves; a commit that has an image is not built again', () => {
  const plain = filesOf('services: { api: {} }\n')('publish.yml').jobs.publish.steps as readonly Step[];
  const build = plain.find(({ id }) => id === 'build');
  expect(build?.with?.['tags']).toBe('${{ matrix.image.image }}:sha-${{ github.sha }}');
  expect(steps('publish').find(({ id }) => id === 'pushed')?.run).toContain('--tag "sha-$GITHUB_SHA"');
  expect(answer(build?.if ?? '', { steps: { earlier: { outputs: { digest: 'sha256:a' } } } })).toBe(false);
});

test('an image that any job of the repository could have pushed is not taken for that of the commit, nor signed', () => {
  const look = (config: string): string => {
    const all = filesOf(config)('publish.yml').jobs.publish.steps as readonly Step[];
    return all.find(({ id }) => id === 'earlier')?.run ?? '';
  };
  const plain = filesOf('services: { api: {} }\n')('publish.yml').jobs.publish.steps as readonly Step[];
  const handed = plain.find(({ uses }) => uses?.startsWith('actions/download-artifact@'));
  expect(handed?.with).toEqual({ name: plain.at(-1)?.with?.['name'], path: '${{ runner.temp }}/earlier' });
  expect(answer(handed?.if ?? '', { github: { run_attempt: '1' } })).toBe(false);
  expect(answer(handed?.if ?? '', { github: { run_attempt: '2' } })).toBe(true);
  for (const registry of ['ghcr: acme', 'oci: registry.test'])
    expect(look(`registry: { ${registry} }\nservices: { api: {} }\n`)).not.toContain('sha-$GITHUB_SHA');
  expect(look('registry: { ecr: "123456789012/eu-west-1" }\nservices: { api: {} }\n')).toContain(
    '"$IMAGE:sha-$GITHUB_SHA"',
  );
});

test('digests cross jobs as artifacts, one for each image, and a digest that is none goes nowhere', () => {
  const kept = steps('publish').at(-1)?.with ?? {};
  expect(kept).toMatchObject({
    name: 'digest-${{ inputs.service }}-${{ matrix.image.name }}',
    'if-no-files-found': 'error',
  });
  expect(scripts('publish')).toContain('^sha256:[0-9a-f]{64}$');
  expect(JSON.stringify(jobs.publish.outputs ?? {})).toBe('{}');
});

test('tools come by version and checksum, and a checksum that differs stops before anything of them runs', () => {
  for (const step of Object.keys(jobs)
    .flatMap(steps)
    .filter(({ run = '' }) => run.includes('curl '))) {
    expect(step.env?.['SHA256']).toMatch(/^[0-9a-f]{64}$/);
    expect(step.env?.['URL']).toMatch(/^https:\/\/github\.com\/[^/]+\/[^/]+\/releases\/download\/v[\d.]+\//);
    const lines = (step.run ?? '').trim().split('\n');
    expect(lines[2]).toContain('sha256sum --check --strict');
    expect(lines.slice(0, 2).join('\n')).not.toMatch(/chmod|tar |GITHUB_PATH/);
  }
  expect(shop('trunkline.lock').tools.trivy).toMatchObject({ version: 'v0.69.3' });
});

test('caches belong to a service, and jobs that publish restore none but the builder’s own', () => {
  const cached = (job: string): readonly Step[] =>
    steps(job).filter(({ uses = '' }) => uses.startsWith('actions/cache@'));
  expect(cached('test')[0]?.with?.['key']).toMatch(/^\$\{\{ inputs\.service \}\}-go-/);
  expect([...cached('publish'), ...cached('record')]).toEqual([]);
  expect(steps('publish').find(({ id }) => id === 'archive')?.with?.['cache-from']).toBe(
    'type=gha,scope=${{ matrix.image.name }}',
  );
});

test('what publishes runs on the labels that are said, and what tests does not', () => {
  expect([jobs.publish['runs-on'], jobs.record['runs-on'], jobs.test['runs-on']]).toEqual([
    'publish-pool',
    'publish-pool',
    'ubuntu-24.04',
  ]);
});

test('a run that takes longer than its budget is reported, and passes', () => {
  const step = steps('passed').find(({ name }) => name === 'Compare with the budget');
  expect(step).toMatchObject({ 'continue-on-error': true });
  const budget = (event: string): unknown => answer(step?.env?.['BUDGET'] ?? '', { github: { event_name: event } });
  expect([budget('push'), budget('pull_request')]).toEqual([900, 300]);
  const took = (seconds: number) =>
    carryOut(
      step?.run,
      { BUDGET: '300', GITHUB_STEP_SUMMARY: '/dev/null' },
      `gh() { echo then; }; date() { if [ "$1" = +%s ]; then echo ${1_000 + seconds}; else echo 1000; fi; }`,
    );
  expect(took(300)).toEqual({ code: 0, out: 'took 300s of a budget of 300s\n' });
  expect(took(301).out).toContain('::warning title=Over budget::took 301s of a budget of 300s');
  const only = filesOf('budget: { pull-request: 5m }\nservices: { api: {} }\n')('publish.yml').jobs.passed.steps[1];
  const asked = (event: string): unknown => answer(only.if, { github: { event_name: event } });
  expect([asked('push'), asked('pull_request')]).toEqual([false, true]);
});

test('what publishing needs is named before anything is built', () => {
  const names = filesOf('registry: { oci: registry.example.com }\nservices: { api: {} }\n')(
    'publish.yml',
  ).jobs.publish.steps.map(({ name = '' }: Step) => name);
  expect(names[0]).toBe('Look for what this job needs');
  const rung = filesOf('apps: { propose: acme-propose }\nservices: { api: {} }\n')('publish.yml').jobs.publish.steps[0];
  expect(rung.run).toContain('expected in the environment $ENVIRONMENT:$missing');
  expect(rung.env).toMatchObject({ ENVIRONMENT: 'publish', WANTED: 'PROPOSE_APP_ID PROPOSE_APP_KEY' });
  expect(Object.keys(rung.env)).toEqual(expect.arrayContaining(['PROPOSE_APP_ID', 'PROPOSE_APP_KEY']));
  const { ENVIRONMENT, WANTED } = rung.env;
  expect(carryOut(rung.run, { ENVIRONMENT, WANTED, PROPOSE_APP_ID: '7' })).toEqual({
    code: 1,
    out: '::error title=Missing settings::expected in the environment publish: PROPOSE_APP_KEY\n',
  });
  expect(carryOut(rung.run, { ENVIRONMENT, WANTED, PROPOSE_APP_ID: '7', PROPOSE_APP_KEY: 'k' }).code).toBe(0);
});

test('of a push that was not published the service’s team hears where tests failed, and the platform of all else', () => {
  const notify = 'notify: { slack: { when: [failed] }, pagerduty: { when: [infrastructure] } }\n';
  const made = filesOf(`${notify}services: { api: { commands: { unit: make test } } }\n`);
  const { tell } = made('publish.yml').jobs;
  const kind = (test: string, publish: string): unknown =>
    answer(tell.steps.at(-1).env.KIND, { needs: { test: { result: test }, publish: { result: publish } } });
  expect([kind('failure', 'skipped'), kind('success', 'failure')]).toEqual(['failed', 'infrastructure']);
  expect(tell).toMatchObject({ environment: { name: 'publish' }, if: "failure() && github.event_name == 'push'" });
  expect(made('delivery.yml').jobs.api.secrets).toHaveProperty('PAGERDUTY_ROUTING_KEY');
});

test('a registry is cleaned on a schedule, by rights of its own, and the button only says what would go', () => {
  const { jobs: cleaning } = filesOf('prune: { newest: 10, age: 14d }\nservices: { api: {}, web: {} }\n')('prune.yml');
  const { permissions, environment, strategy, steps: done } = cleaning.prune;
  expect({ permissions, environment }).toEqual({
    permissions: { packages: 'write' },
    environment: { name: 'prune', deployment: false },
  });
  expect(strategy.matrix.image).toEqual(['ghcr.io/acme/api', 'ghcr.io/acme/web']);
  const { run: script, env } = done.at(-1);
  expect(script).toContain('--list ghcr --keep-newest 10 --minimum-age 336h');
  const asked = (event: string, wanted: boolean): unknown =>
    answer(env.DELETE, { github: { event_name: event }, inputs: { delete: wanted } });
  expect([asked('schedule', false), asked('workflow_dispatch', false), asked('workflow_dispatch', true)]).toEqual([
    '--delete',
    '',
    '--delete',
  ]);
  const ecr = filesOf('registry: { ecr: "123456789012/eu-west-1" }\nprune: {}\nservices: { api: {} }\n')('prune.yml');
  expect(JSON.stringify(ecr)).toContain('role/trunkline-publish-prune');
});

test('scans run on a schedule or one by a button, in the whole history, and open one issue', () => {
  const security = shop('security.yml');
  const starts = (job: string, github: object, scan?: string): unknown =>
    answer(security.jobs[job].if, { github, inputs: { scan } });
  expect(starts('iac', { event_name: 'schedule' })).toBe(true);
  expect(starts('iac', { event_name: 'workflow_dispatch' }, 'iac')).toBe(true);
  expect(starts('iac', { event_name: 'workflow_dispatch' }, 'secrets')).toBe(false);
  expect(security.jobs.secrets.steps[0].with['fetch-depth']).toBe(0);
  expect(security.jobs.secrets.steps.at(-1).run).toContain('gitleaks git');
  expect(security.jobs.report.steps[0].run).toMatch(/gh issue list[\s\S]*gh issue comment[\s\S]*gh issue create/);
});

test('an image is looked at before it is pushed, and what was pushed once more by its digest', () => {
  const { steps: done } = publish.jobs.publish as { steps: readonly (Step & { name?: string; id?: string })[] };
  const names = done.map(({ name }) => name);
  const order = ['Build', 'Look before anybody can pull it', 'Push', 'Keep the digest', 'Look at what was pushed'];
  expect(names.filter((name) => order.includes(name ?? ''))).toEqual(order);
  expect(names).not.toContain('Build and push');
  const step = (name: string) => done.find((one) => one.name === name);
  expect(step('Build')?.with).toMatchObject({ outputs: 'type=oci,dest=${{ runner.temp }}/built.tar' });
  expect(step('Build')?.with?.['push'] ?? step('Build')?.with?.['tags']).toBeUndefined();
  expect(step(order[1] ?? '')?.run).toMatch(/trivy image --input "\$RUNNER_TEMP\/built"[\s\S]*trunkline ci gate scan/);
  // The very archive that was looked at.
  expect(step('Push')?.run).toContain('ci push "$RUNNER_TEMP/built.tar" "$IMAGE" --tag "sha-$GITHUB_SHA"');
  expect(step('Keep the digest')?.env?.['DIGEST']).toBe(
    '${{ steps.earlier.outputs.digest || steps.pushed.outputs.digest }}',
  );
});

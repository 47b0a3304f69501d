import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { evaluateExpression } from '../../expression/evaluate-expression.ts';
import { toPlain } from '../../expression/json.ts';
import { generate } from './generate.ts';
import { parseLock } from './lock.ts';
import { configOf } from './testing/configurations.ts';

function filesOf(more: string, accept = ''): (name: string) => ReturnType<typeof parse> {
  const text = `kind: Environments
accept: { acme/shop: { services: { orders: orders-team, catalog: catalog-team }, signer: .github/workflows/publish.yml${accept} } }
manifests: { json: "envs/{environment}.json", path: "{service}.image" }
environments:
  dev: { track: main, merge: auto }
  prod: { from: dev, rollback: automatic, aws: { role: "arn:aws:iam::123456789012:role/deploy", region: eu-west-1 } }
${more}`;
  const { files } = generate(configOf(text), parseLock(undefined), () => undefined);
  const texts = new Map(files.map((one) => [one.path, one.text]));
  return (name) => parse(texts.get(`.github/workflows/${name}`) ?? 'null');
}

function answer(expression: string, contexts: Readonly<Record<string, unknown>>): unknown {
  return toPlain(evaluateExpression(/^\$\{\{ ([\s\S]*) \}\}$/.exec(expression)?.[1] ?? expression, contexts));
}

const pushed = filesOf(
  'deploy: { command: ./deploy.sh, secrets: [KUBE_TOKEN] }\napps: { settings: acme-settings }\nnotify: { slack: { teams: [orders-team] } }\n',
);

test('an environment is deployed by one job at a time, in order, never cancelled, with its own role and secrets', () => {
  const { deploy } = pushed('deploy-environment.yml').jobs;
  expect(deploy.concurrency).toEqual({
    group: 'deploy-${{ inputs.environment }}',
    'cancel-in-progress': false,
    queue: 'max',
  });
  expect(deploy.environment).toBe('${{ inputs.environment }}');
  const given = pushed('deploy.yml').jobs.deploy.with;
  const role = (environment: string): unknown => answer(given['aws-role'], { matrix: { environment } });
  expect([role('dev'), role('prod')]).toEqual(['', 'arn:aws:iam::123456789012:role/deploy']);
  expect(JSON.stringify(deploy)).toContain('secrets.KUBE_TOKEN');
  expect(JSON.stringify(deploy)).not.toContain('secrets.TRUNKLINE_APP');
});

test('the job that rolls back holds the App’s key and no secret of what is deployed; automatic ones have an App of their own', () => {
  const { rollback } = pushed('deploy-environment.yml').jobs;
  expect(rollback.environment).toEqual({ name: 'trunkline', deployment: false });
  expect(JSON.stringify(rollback)).not.toContain('KUBE_TOKEN');
  const back = rollback.steps.find(({ name }: { name?: string }) => name === 'Roll back');
  const id = back.env.TRUNKLINE_APP_ID;
  const app = (environment: string): unknown =>
    answer(id, { inputs: { environment }, secrets: { TRUNKLINE_APP_ID: '1', ROLLBACK_APP_ID: '2' } });
  expect([app('dev'), app('prod')]).toEqual(['1', '2']);
});

test('what differs is looked for on a schedule, and said in one issue', () => {
  const drift = pushed('drift.yml');
  expect(drift.on.schedule).toHaveLength(1);
  const scripts = drift.jobs.compare.steps.map(({ run = '' }: { run?: string }) => run);
  expect(scripts).toContain('trunkline generate --check');
  expect(scripts.at(-1)).toContain('trunkline settings plan --all --who >');
  // Who made it differ, and when, stands in the issue.
  expect(drift.jobs.compare.outputs).toEqual({ said: '${{ steps.settings.outputs.said }}' });
  expect(drift.jobs.report.steps[0].env.SAID).toBe('${{ needs.compare.outputs.said }}');
  const text = execFileSync('bash', ['-euc', `${drift.jobs.report.steps[0].run.split('\n')[2]}\nprintf %s "$body"`], {
    env: { ...process.env, body: 'differs: url', SAID: 'enforcement  disabled; by dora' },
    encoding: 'utf8',
  });
  expect(text).toBe('differs: url\n\n~~~\nenforcement  disabled; by dora\n~~~');
  expect(drift.jobs.report).toMatchObject({ if: 'failure() && !cancelled()', permissions: { issues: 'write' } });
  expect(drift.jobs.report.steps[0].run).toMatch(/gh issue list[\s\S]*gh issue comment[\s\S]*gh issue create/);
  expect(drift.jobs.report.steps[0].env.LABEL).toBe('drift-detected');
});

test('pull requests are checked without a secret, and the policy never runs what they bring', () => {
  const checks = pushed('checks.yml');
  expect(checks.jobs.checks.permissions).toEqual({ contents: 'read' });
  expect(JSON.stringify(checks)).not.toContain('secrets.');
  expect(checks.jobs.checks.steps.map(({ run = '' }: { run?: string }) => run)).toContain('trunkline ci manifests');
  const { judge } = pushed('policy.yml').jobs;
  expect(JSON.stringify(judge)).not.toMatch(/checkout|bash -/);
  expect(pushed('policy-relay.yml').jobs.relay.permissions).toEqual({});
});

test('buttons offer what there is, and a schedule promotes only where it is said', () => {
  expect(pushed('promote.yml').on.workflow_dispatch.inputs.environment.options).toEqual(['prod']);
  expect(pushed('hold.yml').on.workflow_dispatch.inputs.service.options).toEqual(['orders', 'catalog']);
  expect(pushed('promote.yml').on.schedule).toBeUndefined();
  const due = filesOf('schedules: { promote: "0 8 * * *" }\n')('promote.yml');
  expect(due.jobs.due.steps.at(-1).run).toBe('trunkline promote --auto');
});

test('the team hears of its release, the platform of everything else, and somebody is paged where the way back fails', () => {
  const { rollback, page } = pushed('deploy-environment.yml').jobs;
  type Step = { run?: string; if?: string; env?: { KIND?: string } };
  const kinds = ({ steps }: { steps: readonly Step[] }): readonly unknown[] =>
    steps.flatMap(({ run = '', if: condition, env }) =>
      /ci notify .* --once$/.test(run) ? [[env?.KIND, condition]] : [],
    );
  expect(kinds(rollback)).toEqual([
    ['failed', '${{ !cancelled() }}'],
    ['rollback', 'success()'],
    ['rollback-failed', 'failure()'],
  ]);
  // The way back waits for nobody's answer.
  expect(rollback.steps.find(({ run }: Step) => run !== undefined).run).toContain('trunkline rollback');
  expect(page.if).toBe("failure() && needs.deploy.outputs.failed == ''");
  expect(kinds(page)).toEqual([['infrastructure', undefined]]);
  expect(rollback.steps.at(-1).env).toMatchObject({
    SLACK_WEBHOOK_URL: '${{ secrets.SLACK_WEBHOOK_URL }}',
    SLACK_WEBHOOK_URL_ORDERS_TEAM: '${{ secrets.SLACK_WEBHOOK_URL_ORDERS_TEAM }}',
  });
  // Whom it told is kept on the commit: a run that is started again tells nobody twice.
  for (const { permissions } of [rollback, page]) expect(permissions).toEqual({ contents: 'read', statuses: 'write' });
  expect(pushed('deploy.yml').jobs.deploy.permissions.statuses).toBe('write');
});

test('where releases are signed, a job that runs nothing of theirs signs that they came to an environment', () => {
  const verify = ', verify: [provenance]';
  const signed = filesOf('deploy: { command: ./deploy.sh, secrets: [KUBE_TOKEN] }\n', verify);
  const { deploy, promoted } = signed('deploy-environment.yml').jobs;
  expect(deploy.outputs.deployed).toBe('${{ steps.deploy.outputs.deployed }}');
  expect(deploy.permissions).toMatchObject({ packages: 'read' });
  expect(promoted.permissions).toEqual({ 'id-token': 'write', packages: 'write' });
  expect(promoted.environment).toBeUndefined();
  // One after another: whatever hangs on an image stands in a list that each of them writes anew.
  expect(promoted.concurrency).toEqual({ group: 'promoted', 'cancel-in-progress': false, queue: 'max' });
  expect(JSON.stringify(promoted)).not.toContain('secrets.');
  expect(promoted.if).toBe("!cancelled() && needs.deploy.outputs.deployed != ''");
  expect(promoted.steps.at(-1).run).toContain(
    'trunkline ci attest "$image" --type promotion --environment "$ENVIRONMENT"',
  );
  expect(signed('deploy.yml').jobs.deploy.permissions).toMatchObject(promoted.permissions);
  expect(pushed('deploy-environment.yml').jobs.promoted).toBeUndefined();
  expect(pushed('deploy.yml').jobs.deploy.permissions.packages).toBeUndefined();
});

test('of what an agent brings, it is signed once the agent tells that it serves, each environment by its own output', () => {
  const pulled = filesOf(
    'repository: acme/shop-infra\ndeploy: { flux: "{service}-{environment}" }\n',
    ', verify: [signature]',
  );
  const { record, promoted } = pulled('health.yml').jobs;
  const output = (name: string, index: number): unknown =>
    answer(record.outputs[name], {
      strategy: { 'job-index': index },
      steps: { health: { outputs: { deployed: '["ghcr.io/acme/orders@sha256:1"]' } } },
    });
  expect([output('deployed-0', 0), output('deployed-1', 0)]).toEqual(['["ghcr.io/acme/orders@sha256:1"]', '']);
  expect(promoted.strategy.matrix).toEqual(record.strategy.matrix);
  const given = (index: number): unknown =>
    answer(promoted.steps.at(-1).env.DEPLOYED, {
      strategy: { 'job-index': index },
      needs: { record: { outputs: { 'deployed-1': '["x"]' } } },
    });
  expect([given(0), given(1)]).toEqual(['[]', '["x"]']);
  expect(promoted.permissions).toEqual({ 'id-token': 'write', packages: 'write' });
});

test('what is signed is looked at with the job’s own token, wherever it is judged or deployed', () => {
  const signed = filesOf('deploy: { command: ./deploy.sh, smoke: true }\n', ', verify: [provenance]');
  for (const [file, job] of [
    ['receive.yml', 'receive'],
    ['sweep.yml', 'sweep'],
    ['policy.yml', 'judge'],
    ['deploy-environment.yml', 'deploy'],
  ] as const) {
    const { permissions, steps } = signed(file).jobs[job];
    expect(permissions.packages).toBe('read');
    const login = steps.find(({ uses = '' }: { uses?: string }) => uses.startsWith('docker/login-action'));
    expect(login.with).toMatchObject({ registry: 'ghcr.io', password: '${{ github.token }}' });
  }
  expect(JSON.stringify(pushed('receive.yml'))).not.toContain('login-action');
  const deploy = (one: typeof signed): { run: string; env: Record<string, string> } =>
    one('deploy-environment.yml').jobs.deploy.steps.at(-1);
  expect(deploy(signed)).toMatchObject({ run: expect.stringContaining('SMOKE'), env: { SMOKE: '--smoke' } });
  expect(deploy(pushed).env['SMOKE']).toBeUndefined();
});

test('images at other registries are read by a role or a login of their own, whose keys reach nothing that runs after', () => {
  const read = (registry: string) =>
    filesOf('deploy: { command: ./deploy.sh }\n', `, verify: [provenance], registry: { ${registry} }`);
  const places = [
    ['receive.yml', 'receive', 'trunkline'],
    ['policy.yml', 'judge', 'trunkline'],
    ['deploy-environment.yml', 'deploy', '${{ inputs.environment }}'],
  ] as const;
  const ecr = read('ecr: "123456789012/eu-west-1"');
  for (const [file, job] of places) {
    const { permissions, steps } = ecr(file).jobs[job];
    expect(permissions).toMatchObject({ 'id-token': 'write' });
    expect(permissions.packages).toBeUndefined();
    const keys = steps.findIndex(({ uses = '' }: { uses?: string }) => uses.includes('configure-aws-credentials'));
    expect(steps[keys].with).toEqual({
      'role-to-assume': 'arn:aws:iam::123456789012:role/trunkline-verify',
      'aws-region': 'eu-west-1',
      'output-credentials': true,
      'output-env-credentials': false,
    });
    expect(steps[keys + 1]).toMatchObject({
      uses: expect.stringMatching(/^aws-actions\/amazon-ecr-login@/),
      env: { AWS_REGION: 'eu-west-1', AWS_SESSION_TOKEN: `\${{ steps.${steps[keys].id}.outputs.aws-session-token }}` },
    });
  }
  expect(ecr('deploy.yml').jobs.deploy.permissions).toMatchObject({ 'id-token': 'write' });
  const variable = read('ecr: "123456789012/eu-west-1", role-variable: AWS_LOOK_ROLE')('receive.yml').jobs.receive;
  expect(variable.steps[1].env).toMatchObject({ WANTED: 'AWS_LOOK_ROLE', AWS_LOOK_ROLE: '${{ vars.AWS_LOOK_ROLE }}' });
  expect(variable.steps[2].with['role-to-assume']).toBe('${{ vars.AWS_LOOK_ROLE }}');
  const oci = read('oci: registry.test, secrets: NEXUS');
  for (const [file, job, environment] of places) {
    const { steps } = oci(file).jobs[job];
    const [needs, login] = steps.filter(
      ({ env, uses = '' }: { env?: Record<string, string>; uses?: string }) =>
        env?.['WANTED'] !== undefined || uses.includes('login-action'),
    );
    expect(needs.env).toMatchObject({ ENVIRONMENT: environment, WANTED: 'NEXUS_USERNAME NEXUS_PASSWORD' });
    expect(login.with).toMatchObject({ registry: 'registry.test', password: '${{ secrets.NEXUS_PASSWORD }}' });
  }
  expect(oci('deploy.yml').jobs.deploy.secrets).toHaveProperty('NEXUS_PASSWORD');
  expect(oci('deploy-environment.yml').on.workflow_call.secrets).toHaveProperty('NEXUS_USERNAME');
});

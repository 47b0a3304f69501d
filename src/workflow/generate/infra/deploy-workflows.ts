import type { EnvironmentsConfig } from '../../../config/config.ts';
import type { Environment } from '../../../model/environment.ts';
import { notifySecrets } from '../notify-secrets.ts';
import { notifyPermissions } from '../notify-step.ts';
import type { Pins } from '../pins.ts';
import type { Fields } from '../render-yaml.ts';
import { checkout, run, runsOn, trunkline } from '../steps.ts';
import { pageJob, rollbackJob } from './after-deploy.ts';
import { promotedJob, promotedPermissions } from './promoted-job.ts';
import { readLoginSteps, readPermissions, readSecrets, readsGitHubs } from './verification.ts';

/** Push mode: what changed is deployed, each environment by itself. None where no environment has a command. */
export function deployWorkflows(config: EnvironmentsConfig, pins: Pins): Readonly<Record<string, Fields>> {
  const pushed = config.environments.filter((one) => one.deploy !== undefined);
  if (pushed.length === 0) return {};
  return {
    'deploy.yml': deploy(config, pushed, pins),
    'deploy-environment.yml': deployEnvironment(config, pushed, pins),
  };
}

function deploy(config: EnvironmentsConfig, pushed: readonly Environment[], pins: Pins): Fields {
  const { branch, environments, runners } = config;
  const aws = pushed.some((one) => one.aws !== undefined);
  const all = pushed.length === environments.length;
  const names = JSON.stringify(pushed.map((one) => one.name));
  const secrets = secretsOf(config, pushed);
  return {
    name: 'Deploy',
    on: { push: { branches: [branch] } },
    permissions: {},
    concurrency: { group: 'deploy-${{ github.sha }}', 'cancel-in-progress': false },
    jobs: {
      changed: {
        'runs-on': runsOn(runners.control),
        'timeout-minutes': 5,
        permissions: { contents: 'read' },
        outputs: {
          environments: all ? '${{ steps.changed.outputs.environments }}' : '${{ steps.pushed.outputs.environments }}',
        },
        steps: [
          checkout(pins, { history: true }),
          trunkline(pins),
          run('Find what changed', 'trunkline ci changed', undefined, { id: 'changed' }),
          ...(all
            ? []
            : [
                run(
                  'Leave out what is pulled',
                  `echo "environments=$(jq --compact-output --argjson pushed "$PUSHED" '[.[] | select(IN($pushed[]))]' <<< "$CHANGED")" >> "$GITHUB_OUTPUT"`,
                  { CHANGED: '${{ steps.changed.outputs.environments }}', PUSHED: names },
                  { id: 'pushed' },
                ),
              ]),
        ],
      },
      deploy: {
        needs: 'changed',
        if: "needs.changed.outputs.environments != '[]'",
        strategy: {
          'fail-fast': false,
          matrix: { environment: '${{ fromJSON(needs.changed.outputs.environments) }}' },
        },
        // Of these, each job of the called workflow takes only what it needs.
        permissions: {
          ...deployPermissions(config, aws),
          ...(readsGitHubs(config) ? promotedPermissions : {}),
          ...(config.notify === undefined ? {} : notifyPermissions),
        },
        uses: './.github/workflows/deploy-environment.yml',
        with: {
          environment: '${{ matrix.environment }}',
          ...(aws
            ? {
                'aws-role': byEnvironment(pushed, (one) => one.aws?.role),
                'aws-region': byEnvironment(pushed, (one) => one.aws?.region),
              }
            : {}),
        },
        secrets: Object.fromEntries(secrets.map((name) => [name, `\${{ secrets.${name} }}`])),
      },
    },
  };
}

/** A freeze may be overridden, which the policy's status says. */
function deployPermissions(config: EnvironmentsConfig, aws: boolean): Fields {
  return {
    contents: 'read',
    deployments: 'write',
    ...(aws ? { 'id-token': 'write' } : {}),
    ...readPermissions(config),
    'pull-requests': 'read',
    statuses: 'read',
  };
}

function byEnvironment(pushed: readonly Environment[], value: (one: Environment) => string | undefined): string {
  const cases = pushed.flatMap((one) => {
    const text = value(one);
    return text === undefined ? [] : [`matrix.environment == '${one.name}' && '${text}'`];
  });
  return `\${{ ${[...cases, "''"].join(' || ')} }}`;
}

function secretsOf(config: EnvironmentsConfig, pushed: readonly Environment[]): readonly string[] {
  const automatic = pushed.some((one) => one.rollback === 'automatic');
  return [
    ...new Set([
      ...pushed.flatMap((one) => one.deploy?.secrets ?? []),
      ...['TRUNKLINE_APP_ID', 'TRUNKLINE_APP_KEY'],
      ...(automatic ? ['ROLLBACK_APP_ID', 'ROLLBACK_APP_KEY'] : []),
      ...readSecrets(config),
      ...notifySecrets(config.notify),
    ]),
  ];
}

function deployEnvironment(config: EnvironmentsConfig, pushed: readonly Environment[], pins: Pins): Fields {
  const { runners } = config;
  const aws = pushed.some((one) => one.aws !== undefined);
  const given = [...new Set(pushed.flatMap((one) => one.deploy?.secrets ?? []))];
  const environment = '${{ inputs.environment }}';
  const smokes = pushed.filter((one) => one.deploy?.smoke === true).map((one) => one.name);
  const smoke =
    smokes.length === pushed.length
      ? '--smoke'
      : `\${{ contains(fromJSON('${JSON.stringify(smokes)}'), inputs.environment) && '--smoke' || '' }}`;
  const input: Fields = { type: 'string', required: true };
  return {
    name: 'Deploy an environment',
    on: {
      workflow_call: {
        inputs: {
          environment: input,
          ...(aws
            ? { 'aws-role': { type: 'string', default: '' }, 'aws-region': { type: 'string', default: '' } }
            : {}),
        },
        secrets: Object.fromEntries(secretsOf(config, pushed).map((name) => [name, { required: false }])),
      },
    },
    permissions: {},
    jobs: {
      deploy: {
        'runs-on': runsOn(runners.deploy),
        'timeout-minutes': 30,
        environment,
        concurrency: { group: 'deploy-${{ inputs.environment }}', 'cancel-in-progress': false, queue: 'max' },
        permissions: deployPermissions(config, aws),
        outputs: {
          failed: '${{ steps.deploy.outputs.failed }}',
          ...(readsGitHubs(config) ? { deployed: '${{ steps.deploy.outputs.deployed }}' } : {}),
        },
        steps: [
          checkout(pins, { history: true }),
          trunkline(pins),
          ...readLoginSteps(config, pins, environment),
          ...(aws
            ? [
                {
                  uses: pins.uses('aws-actions/configure-aws-credentials'),
                  if: "inputs.aws-role != ''",
                  with: { 'role-to-assume': '${{ inputs.aws-role }}', 'aws-region': '${{ inputs.aws-region }}' },
                },
              ]
            : []),
          run(
            'Deploy',
            `trunkline ci deploy --environment "$ENVIRONMENT"${smokes.length === 0 ? '' : ` \${SMOKE:+"$SMOKE"}`}`,
            {
              ENVIRONMENT: environment,
              ...(smokes.length === 0 ? {} : { SMOKE: smoke }),
              ...Object.fromEntries(given.map((name) => [name, `\${{ secrets.${name} }}`])),
              GITHUB_TOKEN: '${{ github.token }}',
            },
            { id: 'deploy' },
          ),
        ],
      },
      ...(readsGitHubs(config)
        ? {
            promoted: promotedJob(
              config,
              pins,
              { needs: 'deploy', environment, deployed: '${{ needs.deploy.outputs.deployed }}' },
              // Of several services, those that serve came here, whatever became of the others.
              { if: "!cancelled() && needs.deploy.outputs.deployed != ''" },
            ),
          }
        : {}),
      rollback: rollbackJob(config, pushed, pins),
      ...(config.notify === undefined ? {} : { page: pageJob(config, config.notify, pins) }),
    },
  };
}

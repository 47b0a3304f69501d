import type { EnvironmentsConfig, NotifyChannel } from '../../../config/config.ts';
import type { Environment } from '../../../model/environment.ts';
import { controlEnvironment } from '../../../model/github-environments.ts';
import { notifySecrets } from '../notify-secrets.ts';
import { notifyPermissions, notifyStep } from '../notify-step.ts';
import type { Pins } from '../pins.ts';
import type { Fields } from '../render-yaml.ts';
import { appEnv, checkout, run, runsOn, trunkline } from '../steps.ts';

const environment = '${{ inputs.environment }}';

/** The App that puts back: where that happens by itself, one that may go around the rules. `environment` is an expression. */
export function rollbackAppEnv(environments: readonly Environment[], environment: string): Fields {
  const automatic = environments.filter((one) => one.rollback === 'automatic').map((one) => one.name);
  if (automatic.length === 0) return appEnv;
  const exempt = `contains(fromJSON('${JSON.stringify(automatic)}'), ${environment})`;
  return {
    TRUNKLINE_APP_ID: `\${{ ${exempt} && secrets.ROLLBACK_APP_ID || secrets.TRUNKLINE_APP_ID }}`,
    TRUNKLINE_APP_KEY: `\${{ ${exempt} && secrets.ROLLBACK_APP_KEY || secrets.TRUNKLINE_APP_KEY }}`,
  };
}

/** Never runs what is deployed, and holds the App's key instead of the environment's secrets. */
export function rollbackJob(
  { runners, notify }: EnvironmentsConfig,
  pushed: readonly Environment[],
  pins: Pins,
): Fields {
  const service = '${{ matrix.service }}';
  return {
    needs: 'deploy',
    if: "failure() && needs.deploy.outputs.failed != ''",
    'runs-on': runsOn(runners.control),
    'timeout-minutes': 5,
    environment: { name: controlEnvironment, deployment: false },
    strategy: { 'fail-fast': false, matrix: { service: '${{ fromJSON(needs.deploy.outputs.failed) }}' } },
    permissions: notify === undefined ? {} : notifyPermissions,
    steps: [
      ...(notify === undefined ? [] : [checkout(pins)]),
      trunkline(pins),
      run(
        'Roll back',
        'trunkline rollback "$SERVICE" --environment "$ENVIRONMENT" --reason "$REASON" --as-configured',
        {
          SERVICE: service,
          ENVIRONMENT: environment,
          REASON: 'the deploy failed in run ${{ github.run_id }}',
          ...rollbackAppEnv(pushed, 'inputs.environment'),
        },
      ),
      ...(notify === undefined ? [] : tellWhatBecame(pushed, notify)),
    ],
  };
}

/** After the way back, which waits for nobody's answer: that it failed, and what became of it. */
function tellWhatBecame(pushed: readonly Environment[], notify: readonly NotifyChannel[]): readonly Fields[] {
  const secrets = notifySecrets(notify);
  const service = '${{ matrix.service }}';
  const off = pushed.filter((one) => one.rollback === 'off').map((one) => one.name);
  const steps: Fields[] = [
    {
      ...notifyStep(
        'Tell that it failed',
        { kind: 'failed', service, environment, reason: 'the deploy failed' },
        secrets,
      ),
      if: '${{ !cancelled() }}',
    },
  ];
  if (off.length < pushed.length) {
    const reason = 'the deploy failed, and the release before is put back';
    steps.push({
      ...notifyStep('Tell that it is put back', { kind: 'rollback', service, environment, reason }, secrets),
      if:
        off.length === 0
          ? 'success()'
          : `success() && !contains(fromJSON('${JSON.stringify(off)}'), inputs.environment)`,
    });
  }
  const reason = 'the deploy failed, and so did the way back';
  return [
    ...steps,
    {
      ...notifyStep(
        'Page whoever has to do it by hand',
        { kind: 'rollback-failed', service, environment, reason },
        secrets,
      ),
      if: 'failure()',
    },
  ];
}

/** Where no release is to blame, the platform hears of it and no service's team. */
export function pageJob({ runners }: EnvironmentsConfig, notify: readonly NotifyChannel[], pins: Pins): Fields {
  const reason = 'the job ended before any service was found to fail';
  return {
    needs: 'deploy',
    if: "failure() && needs.deploy.outputs.failed == ''",
    'runs-on': runsOn(runners.control),
    'timeout-minutes': 5,
    environment: { name: controlEnvironment, deployment: false },
    permissions: notifyPermissions,
    steps: [
      checkout(pins),
      trunkline(pins),
      notifyStep(
        'Page the platform',
        { kind: 'infrastructure', service: 'a release', environment, reason },
        notifySecrets(notify),
      ),
    ],
  };
}

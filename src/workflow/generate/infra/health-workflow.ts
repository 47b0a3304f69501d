import type { EnvironmentsConfig, NotifyChannel } from '../../../config/config.ts';
import type { Environment } from '../../../model/environment.ts';
import { controlEnvironment } from '../../../model/github-environments.ts';
import { notifySecrets, secretsEnv } from '../notify-secrets.ts';
import { notifyPermissions, notifyStep } from '../notify-step.ts';
import type { Pins } from '../pins.ts';
import type { Fields } from '../render-yaml.ts';
import { appEnv, checkout, run, runsOn, trunkline } from '../steps.ts';
import { rollbackAppEnv } from './after-deploy.ts';
import { promotedJob } from './promoted-job.ts';
import { readsGitHubs } from './verification.ts';

/** What agents call the statuses by which they tell GitHub how a release is. */
const contexts = { argocd: 'argocd/', flux: 'kustomization/' } as const;

/** Pull mode: what the agent tells becomes the record that gates go by; none where nothing is pulled. */
export function healthWorkflow(config: EnvironmentsConfig, pins: Pins): Readonly<Record<string, Fields>> {
  const pulled = config.environments.filter((one) => one.pull !== undefined);
  if (pulled.length === 0) return {};
  const names = pulled.map((one) => one.name);
  const { notify } = config;
  const signs = readsGitHubs(config);
  const agents = [...new Set(pulled.flatMap((one) => (one.pull === undefined ? [] : [one.pull.by])))];
  const told = agents.map((agent) => `startsWith(github.event.context, '${contexts[agent]}')`);
  return {
    'health.yml': {
      name: 'Health',
      on: { status: null, schedule: [{ cron: '12,42 * * * *' }] },
      permissions: {},
      concurrency: { group: 'health', 'cancel-in-progress': false, queue: 'max' },
      jobs: {
        record: {
          if: ["github.event_name == 'schedule'", ...told].join(' || '),
          'runs-on': runsOn(config.runners.control),
          'timeout-minutes': 10,
          environment: { name: controlEnvironment, deployment: false },
          strategy: { 'fail-fast': false, matrix: { environment: names } },
          permissions: notify === undefined ? {} : notifyPermissions,
          ...(signs
            ? {
                // Of a matrix, outputs of one name would be those of whichever leg ends last.
                outputs: Object.fromEntries(
                  names.map((_, index) => [
                    `deployed-${index}`,
                    `\${{ strategy.job-index == ${index} && steps.health.outputs.deployed || '' }}`,
                  ]),
                ),
              }
            : {}),
          env: { ENVIRONMENT: '${{ matrix.environment }}' },
          steps: [
            ...(notify === undefined ? [] : [checkout(pins)]),
            trunkline(pins),
            run('Record', 'trunkline ci health --environment "$ENVIRONMENT"', appEnv, { id: 'health' }),
            ...putBack(pulled, notify),
          ],
        },
        ...(signs
          ? {
              promoted: promotedJob(
                config,
                pins,
                {
                  needs: 'record',
                  environment: '${{ matrix.environment }}',
                  deployed: "${{ needs.record.outputs[format('deployed-{0}', strategy.job-index)] || '[]' }}",
                },
                {
                  if: `!cancelled() && (${names.map((_, index) => `needs.record.outputs.deployed-${index} != ''`).join(' || ')})`,
                  strategy: { 'fail-fast': false, matrix: { environment: names } },
                },
              ),
            }
          : {}),
      },
    },
  };
}

/**
 * The cluster is never driven: what is merged is what the agent brings. A service whose way back fails keeps no other waiting.
 * Where nobody can tell how releases are, the platform hears of it.
 */
function putBack(pulled: readonly Environment[], notify: readonly NotifyChannel[] | undefined): readonly Fields[] {
  const off = pulled.filter((one) => one.rollback === 'off').map((one) => one.name);
  const tell = (kind: string, reason: string): string =>
    `trunkline ci notify --kind ${kind} --service "$service" --environment "$ENVIRONMENT" --reason "${reason}" --once`;
  const told = (then: string): string => (notify === undefined ? ':' : then);
  const put = tell('rollback', '$REASON, and the release before is put back');
  const script = `code=0
while read -r service; do
  if trunkline rollback "$service" --environment "$ENVIRONMENT" --reason "$REASON" --as-configured
  then ${told(off.length === 0 ? put : `[[ "$OFF" == true ]] || ${put}`)}
  else code=1; ${told(tell('rollback-failed', '$REASON, and the way back failed'))}
  fi${notify === undefined ? '' : `\n  ${tell('failed', '$REASON')}`}
done < <(jq --raw-output '.[]' <<< "$FAILED")
exit "$code"
`;
  const secrets =
    notify === undefined ? {} : { GITHUB_TOKEN: '${{ github.token }}', ...secretsEnv(notifySecrets(notify)) };
  const back = run(
    'Roll back',
    script,
    {
      FAILED: '${{ steps.health.outputs.failed }}',
      REASON: 'it does not serve, says run ${{ github.run_id }}',
      ...(off.length === 0 || notify === undefined
        ? {}
        : { OFF: `\${{ contains(fromJSON('${JSON.stringify(off)}'), matrix.environment) }}` }),
      ...rollbackAppEnv(pulled, 'matrix.environment'),
      ...secrets,
    },
    { if: "failure() && steps.health.outputs.failed != ''" },
  );
  if (notify === undefined) return [back];
  const page = notifyStep(
    'Page the platform',
    {
      kind: 'infrastructure',
      service: 'a release',
      environment: '${{ matrix.environment }}',
      reason: 'how releases are could not be recorded',
    },
    notifySecrets(notify),
  );
  return [back, { ...page, if: "failure() && steps.health.outputs.failed == ''" }];
}

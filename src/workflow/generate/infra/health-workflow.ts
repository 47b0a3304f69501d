import type { EnvironmentsConfig } from '../../../config/config.ts';
import { controlEnvironment } from '../../../model/github-environments.ts';
import type { Pins } from '../pins.ts';
import type { Fields } from '../render-yaml.ts';
import { appEnv, run, runsOn, trunkline } from '../steps.ts';
import { promotedJob } from './promoted-job.ts';
import { readsGitHubs } from './verification.ts';

/** What agents call the statuses by which they tell GitHub how a release is. */
const contexts = { argocd: 'argocd/', flux: 'kustomization/' } as const;

/** Pull mode: what the agent tells becomes the record that gates go by; none where nothing is pulled. */
export function healthWorkflow(config: EnvironmentsConfig, pins: Pins): Readonly<Record<string, Fields>> {
  const pulled = config.environments.filter((one) => one.pull !== undefined);
  if (pulled.length === 0) return {};
  const names = pulled.map((one) => one.name);
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
          permissions: {},
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
            trunkline(pins),
            run('Record', 'trunkline ci health --environment "$ENVIRONMENT"', appEnv, { id: 'health' }),
            // The cluster is never driven: what is merged is what the agent brings.
            run(
              'Roll back',
              `while read -r service; do
  trunkline rollback "$service" --environment "$ENVIRONMENT" --reason "$REASON" --as-configured
done < <(jq --raw-output '.[]' <<< "$FAILED")
`,
              {
                FAILED: '${{ steps.health.outputs.failed }}',
                REASON: 'it does not serve, says run ${{ github.run_id }}',
                ...appEnv,
              },
              { if: "failure() && steps.health.outputs.failed != ''" },
            ),
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

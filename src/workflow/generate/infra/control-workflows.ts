import type { EnvironmentsConfig } from '../../../config/config.ts';
import { controlEnvironment } from '../../../model/github-environments.ts';
import { issueStep } from '../issue-step.ts';
import type { Pins } from '../pins.ts';
import type { Fields } from '../render-yaml.ts';
import { appEnv, checkout, run, runsOn, trunkline } from '../steps.ts';
import { readLoginSteps, readPermissions } from './verification.ts';

/** The delivery's own workflows, which nobody starts by hand; all of them run from the default branch. */
export function controlWorkflows(
  config: EnvironmentsConfig,
  pins: Pins,
  { current }: { readonly current: boolean },
): Readonly<Record<string, Fields>> {
  const job = (name: string, command: string, minutes: number): Fields => ({
    'runs-on': runsOn(config.runners.control),
    'timeout-minutes': minutes,
    environment: { name: controlEnvironment, deployment: false },
    permissions: readPermissions(config),
    steps: [trunkline(pins), ...readLoginSteps(config, pins, controlEnvironment), run(name, command, appEnv)],
  });
  const group = (name: string): Fields => ({ group: name, 'cancel-in-progress': false, queue: 'max' });
  return {
    'receive.yml': {
      name: 'Receive',
      on: {
        workflow_dispatch: null,
        repository_dispatch: { types: ['published'] },
        // A hold that is lifted lets through what waited behind it.
        push: { branches: [config.branch], paths: ['.trunkline/holds.yaml'] },
      },
      permissions: {},
      concurrency: group('receive'),
      jobs: { receive: job('Receive', 'trunkline ci receive', 10) },
    },
    'sweep.yml': {
      name: 'Sweep',
      on: { schedule: [{ cron: config.schedules.sweep }] },
      permissions: {},
      concurrency: group('receive'),
      jobs: { sweep: job('Sweep', 'trunkline ci sweep', 10) },
    },
    'policy-relay.yml': {
      name: 'Policy relay',
      on: {
        pull_request: {
          types: ['opened', 'reopened', 'synchronize', 'edited', 'ready_for_review', 'labeled', 'unlabeled'],
        },
        pull_request_review: { types: ['submitted', 'edited', 'dismissed'] },
      },
      permissions: {},
      concurrency: group('policy-relay-${{ github.event.pull_request.number }}'),
      jobs: {
        relay: {
          'runs-on': runsOn(config.runners.control),
          'timeout-minutes': 2,
          permissions: {},
          steps: [
            run('Wake the policy', 'echo "pull request $NUMBER changed"', {
              NUMBER: '${{ github.event.pull_request.number }}',
            }),
          ],
        },
      },
    },
    'policy.yml': {
      name: 'Policy',
      on: {
        workflow_run: { workflows: ['Policy relay'], types: ['completed'] },
        push: { branches: [config.branch], paths: ['trunkline.yaml', '.trunkline/**'] },
      },
      permissions: {},
      concurrency: group('policy-${{ github.event.workflow_run.head_sha || github.sha }}'),
      jobs: { judge: job('Judge', 'trunkline ci policy', 5) },
    },
    // Where files are nobody's but the repository's, settings alone can differ from trunkline.yaml.
    ...(current || config.apps.settings !== undefined ? { 'drift.yml': driftWorkflow(config, pins, current) } : {}),
  };
}

/** Compares on a schedule what is with what should be, and says in one issue that something differs. */
function driftWorkflow({ schedules, runners, apps }: EnvironmentsConfig, pins: Pins, current: boolean): Fields {
  // What an issue can hold is handed on to the job that writes it.
  const settings = run(
    'Compare settings with trunkline.yaml',
    `code=0
trunkline settings plan --all --who > "$RUNNER_TEMP/settings.txt" || code=$?
cat "$RUNNER_TEMP/settings.txt"
end="end-$GITHUB_RUN_ID-$RANDOM$RANDOM"
{ echo "said<<$end"; head --bytes 50000 "$RUNNER_TEMP/settings.txt"; echo; echo "$end"; } >> "$GITHUB_OUTPUT"
exit "$code"
`,
    {
      TRUNKLINE_APP_ID: '${{ secrets.SETTINGS_APP_ID }}',
      TRUNKLINE_APP_KEY: '${{ secrets.SETTINGS_APP_KEY }}',
    },
    { id: 'settings' },
  );
  const compares = apps.settings !== undefined;
  return {
    name: 'Drift',
    on: { schedule: [{ cron: schedules.drift }], workflow_dispatch: null },
    permissions: {},
    concurrency: { group: 'drift', 'cancel-in-progress': false },
    jobs: {
      compare: {
        'runs-on': runsOn(runners.control),
        'timeout-minutes': 15,
        ...(compares ? { environment: { name: controlEnvironment, deployment: false } } : {}),
        permissions: { contents: 'read' },
        ...(compares ? { outputs: { said: '${{ steps.settings.outputs.said }}' } } : {}),
        steps: [
          checkout(pins),
          trunkline(pins),
          ...(current ? [run('Compare workflows with trunkline.yaml', 'trunkline generate --check')] : []),
          ...(compares ? [{ ...settings, if: '!cancelled()' }] : []),
        ],
      },
      report: {
        needs: 'compare',
        if: 'failure() && !cancelled()',
        'runs-on': runsOn(runners.control),
        'timeout-minutes': 5,
        permissions: { issues: 'write' },
        steps: [
          issueStep(
            'drift-detected',
            'Something differs from trunkline.yaml',
            compares ? '${{ needs.compare.outputs.said }}' : undefined,
          ),
        ],
      },
    },
  };
}

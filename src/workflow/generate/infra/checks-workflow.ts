import type { EnvironmentsConfig } from '../../../config/config.ts';
import { type OwnJob, ownJobsBefore, ownPassed } from '../own-jobs.ts';
import type { Pins } from '../pins.ts';
import type { Fields } from '../render-yaml.ts';
import { checkout, run, runsOn, trunkline } from '../steps.ts';

/**
 * What every pull request has to pass; it holds no secret, since the pull request's own code runs here. `current`: whether
 * these files are still generated, and have to be what trunkline.yaml says.
 */
export function checksWorkflow(
  { branch, checks, parity, runners }: EnvironmentsConfig,
  pins: Pins,
  { own, current }: { readonly own: readonly OwnJob[]; readonly current: boolean },
): Fields {
  const node = checks?.setup.node;
  const before = ownJobsBefore(own, ['checks']);
  return {
    name: 'Checks',
    on: { pull_request: { branches: [branch] }, merge_group: null },
    permissions: {},
    concurrency: {
      group: 'checks-${{ github.event.pull_request.number || github.sha }}',
      'cancel-in-progress': true,
    },
    jobs: {
      checks: {
        ...(before.length === 0 ? {} : { needs: before.map(({ id }) => id), if: '!cancelled()' }),
        'runs-on': runsOn(runners.control),
        'timeout-minutes': 10,
        permissions: { contents: 'read' },
        steps: [
          ...(before.length === 0 ? [] : [ownStep(before)]),
          // With the commit before: what is pinned by tag on the default branch is no fault of this pull request.
          checkout(pins, { commits: 2 }),
          trunkline(pins),
          run('Look at manifests', 'trunkline ci manifests'),
          ...(current
            ? [
                run('Compare workflows with trunkline.yaml', 'trunkline generate --check', undefined, {
                  if: '!cancelled()',
                }),
              ]
            : []),
          ...(parity === undefined
            ? []
            : [run('Compare environments', 'trunkline ci parity', undefined, { if: '!cancelled()' })]),
          ...(node === undefined
            ? []
            : [
                {
                  uses: pins.uses('actions/setup-node'),
                  with: { 'node-version': node, 'package-manager-cache': false },
                },
              ]),
          ...(checks === undefined
            ? []
            : [run('Test', 'bash -euo pipefail -c "$COMMAND"', { COMMAND: checks.command })]),
        ],
      },
    },
  };
}

/** The job's name is the required check: what somebody added counts by it. */
function ownStep(own: readonly OwnJob[]): Fields {
  return run(
    'Require that your own jobs passed',
    `[ "$PASSED" = true ] || { echo "::error::not everything passed: $RESULTS"; exit 1; }\n`,
    {
      PASSED: `\${{ ${own.map(ownPassed).join(' && ')} }}`,
      RESULTS: "${{ join(needs.*.result, ', ') }}",
    },
  );
}

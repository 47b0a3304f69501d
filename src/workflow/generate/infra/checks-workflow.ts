import type { EnvironmentsConfig } from '../../../config/config.ts';
import type { Pins } from '../pins.ts';
import type { Fields } from '../render-yaml.ts';
import { checkout, run, runsOn, trunkline } from '../steps.ts';

/** What every pull request has to pass; it holds no secret, since the pull request's own code runs here. */
export function checksWorkflow({ branch, checks, runners }: EnvironmentsConfig, pins: Pins): Fields {
  const node = checks?.setup.node;
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
        'runs-on': runsOn(runners.control),
        'timeout-minutes': 10,
        permissions: { contents: 'read' },
        steps: [
          checkout(pins),
          trunkline(pins),
          run('Look at manifests', 'trunkline ci manifests'),
          run('Compare workflows with trunkline.yaml', 'trunkline generate --check', undefined, { if: '!cancelled()' }),
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

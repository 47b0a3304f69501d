import type { ServicesConfig } from '../../../config/services.ts';
import { controlEnvironment } from '../../../model/github-environments.ts';
import type { Pins } from '../pins.ts';
import type { Fields } from '../render-yaml.ts';
import { appEnv, checkout, run, runsOn, trunkline } from '../steps.ts';

/** A button that opens a hotfix branch at a released commit. */
export function hotfixWorkflow({ runners }: ServicesConfig, pins: Pins): Fields {
  return {
    name: 'Hotfix',
    on: {
      workflow_dispatch: {
        inputs: {
          name: { description: "What follows hotfixes/ in the branch's name", required: true, type: 'string' },
          commit: { description: 'The released commit to start from', required: true, type: 'string' },
        },
      },
    },
    permissions: {},
    concurrency: { group: 'hotfix-${{ inputs.name }}', 'cancel-in-progress': false },
    jobs: {
      start: {
        'runs-on': runsOn(runners.test),
        'timeout-minutes': 5,
        environment: { name: controlEnvironment, deployment: false },
        permissions: { contents: 'read' },
        steps: [
          checkout(pins),
          trunkline(pins),
          run('Start', 'trunkline hotfix start "$NAME" --from "$COMMIT"', {
            NAME: '${{ inputs.name }}',
            COMMIT: '${{ inputs.commit }}',
            ...appEnv,
          }),
        ],
      },
    },
  };
}

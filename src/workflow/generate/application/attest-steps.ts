import type { Fields } from '../render-yaml.ts';
import { installTool, run } from '../steps.ts';
import type { ServiceWorkflow } from './service-workflow.ts';

/** Inputs that ask for a signed statement on what was built. */
export const statements = ['signature', 'provenance', 'spdx', 'cyclonedx', 'vulnerabilities', 'results'] as const;

const env: Fields = { DIGEST: '${{ steps.image.outputs.digest }}' };

/** Where a lock file of npm's is, npm itself knows best what is in the image; elsewhere syft looks at the image. */
const npm = "hashFiles(format('{0}/package-lock.json', inputs.path)) != ''";

/** Hangs on the image what is asked for, once nothing that was found in it stops it. */
export function attestSteps(workflow: ServiceWorkflow): readonly Fields[] {
  const { has, pins } = workflow;
  const boms = (['spdx', 'cyclonedx'] as const).filter((one) => has(one));
  const wanted = boms.map((one) => `inputs.${one}`).join(' || ');
  return [
    ...(has('signature') ? [signStep(workflow)] : []),
    ...(has('provenance')
      ? [run('Say where it came from', 'trunkline ci attest "$IMAGE@$DIGEST"', env, { if: 'inputs.provenance' })]
      : []),
    ...(boms.length === 0
      ? []
      : [installTool(pins, 'syft', `${boms.length === 1 ? wanted : `(${wanted})`} && !(${npm})`)]),
    ...boms.map(bomStep),
    ...(has('vulnerabilities')
      ? [
          run(
            'Say what was found in it',
            'trunkline ci attest "$IMAGE@$DIGEST" --type vulnerabilities --report "$RUNNER_TEMP/image.json"',
            env,
            { if: 'inputs.vulnerabilities' },
          ),
        ]
      : []),
    ...(has('results') ? resultsSteps(workflow) : []),
  ];
}

function signStep({ has }: ServiceWorkflow): Fields {
  const classic = has('classic');
  return run(
    'Sign',
    `trunkline ci sign "$IMAGE@$DIGEST"${classic ? ' ${CLASSIC:+--classic}' : ''}`,
    classic ? { ...env, CLASSIC: "${{ inputs.classic && 'true' || '' }}" } : env,
    { if: 'inputs.signature' },
  );
}

function bomStep(format: 'spdx' | 'cyclonedx'): Fields {
  return run(
    `Say what is in it (${format})`,
    `if [ -f "$FOLDER/package-lock.json" ]; then
  trunkline ci sbom "$FOLDER" --format ${format} --output "$RUNNER_TEMP/${format}.json"
else
  syft scan "registry:$IMAGE@$DIGEST" --output "${format}-json=$RUNNER_TEMP/${format}.json"
fi
trunkline ci attest "$IMAGE@$DIGEST" --type ${format} --predicate "$RUNNER_TEMP/${format}.json"
`,
    { ...env, FOLDER: '${{ inputs.path }}', SYFT_CHECK_FOR_APP_UPDATE: 'false' },
    { if: `inputs.${format}` },
  );
}

/** Keeps the report of a test job for whoever signs what it says. */
export function keepResultsStep({ pins }: ServiceWorkflow): Fields {
  return {
    uses: pins.uses('actions/upload-artifact'),
    if: "inputs.results != '' && github.event_name == 'push'",
    with: {
      name: 'results-${{ inputs.service }}',
      path: '${{ inputs.results }}',
      'if-no-files-found': 'error',
      overwrite: true,
      'retention-days': 7,
    },
  };
}

function resultsSteps({ pins }: ServiceWorkflow): readonly Fields[] {
  const wanted = { if: "inputs.results != ''" };
  return [
    {
      uses: pins.uses('actions/download-artifact'),
      ...wanted,
      with: { name: 'results-${{ inputs.service }}', path: '${{ runner.temp }}/results' },
    },
    run(
      'Say which tests passed',
      'trunkline ci attest "$IMAGE@$DIGEST" --type test-result --report "$RUNNER_TEMP/results/$(basename "$RESULTS")"',
      { ...env, RESULTS: '${{ inputs.results }}' },
      wanted,
    ),
  ];
}

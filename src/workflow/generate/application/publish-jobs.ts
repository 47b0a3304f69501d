import { publishEnvironment } from '../../../model/github-environments.ts';
import { loginSteps, type RegistryPlace } from '../login-steps.ts';
import { notifySecrets, sharedNotifySecrets } from '../notify-secrets.ts';
import { notifyPermissions, notifyStep } from '../notify-step.ts';
import { ownJobsBefore, ownPassed } from '../own-jobs.ts';
import type { Fields } from '../render-yaml.ts';
import { checkout, run, trunkline } from '../steps.ts';
import { attestSteps, statements } from './attest-steps.ts';
import { buildSteps, digestArtifact, suffix } from './build-steps.ts';
import { command } from './prepare.ts';
import { publishPreflight, registryPlaces } from './registry-steps.ts';
import type { ServiceWorkflow } from './service-workflow.ts';
import type { TestJob } from './test-jobs.ts';

/** Only what was merged is published: never a pull request, and nothing whose tests did not pass. */
const merged = "github.event_name == 'push'";

/** Secret-bearing jobs; a push alone starts them. */
const environment: Fields = { name: publishEnvironment, deployment: false };

export function publishJob(workflow: ServiceWorkflow, tests: readonly TestJob[]): Fields {
  const { has, pins, runners } = workflow;
  const signs = statements.some((one) => has(one));
  const places = registryPlaces(workflow);
  const own = ownJobsBefore(workflow.own, ['publish', 'record', 'passed']);
  const needs = [...tests, ...own].map(({ id }) => id);
  return {
    name: 'publish ${{ matrix.image.name }}',
    ...(needs.length === 0 ? {} : { needs }),
    if: ['!cancelled()', 'inputs.changed', merged, ...tests.map(passed), ...own.map(ownPassed)].join(' && '),
    'runs-on': runners.publish,
    'timeout-minutes': '${{ inputs.timeout }}',
    environment,
    permissions: {
      contents: 'read',
      ...(signs || places.some(({ kind }) => kind === 'ecr') ? { 'id-token': 'write' } : {}),
      ...(places.some(({ kind }) => kind === 'ghcr') ? { packages: 'write' } : {}),
    },
    strategy: { 'fail-fast': false, matrix: { image: '${{ fromJSON(inputs.images) }}' } },
    env: { IMAGE: '${{ matrix.image.image }}' },
    steps: [...before(workflow, places, signs), ...buildSteps(workflow), ...after(workflow)],
  };

  function before(one: ServiceWorkflow, registries: readonly RegistryPlace[], signing: boolean): readonly Fields[] {
    return [
      ...publishPreflight(workflow, registries),
      checkout(pins),
      ...(signing || one.scan ? [trunkline(pins)] : []),
      ...(one.has('build') ? [command('Prepare', 'build')] : []),
      ...registries.flatMap((place) => loginSteps(pins, place)),
    ];
  }
}

/** What has to hold of the image before its release is recorded. */
function after(workflow: ServiceWorkflow): readonly Fields[] {
  const { has, pins, scan, shared } = workflow;
  const env: Fields = { DIGEST: '${{ steps.image.outputs.digest }}' };
  const onlyIf = (condition: string): Fields => ({ if: condition });
  return [
    ...(scan
      ? [
          run(
            'Look at what was pushed',
            'trivy image --scanners vuln --format json --output "$RUNNER_TEMP/image.json" "$IMAGE@$DIGEST"\ntrunkline ci gate scan "$RUNNER_TEMP/image.json" --digest "$DIGEST"\n',
            env,
            shared ? onlyIf('inputs.scan') : {},
          ),
        ]
      : []),
    ...(has('image-test')
      ? [
          command('Test the image', 'image-test', {
            IMAGE: '${{ matrix.image.image }}@${{ steps.image.outputs.digest }}',
          }),
        ]
      : []),
    ...attestSteps(workflow),
    {
      uses: pins.uses('actions/upload-artifact'),
      with: {
        name: digestArtifact,
        path: '${{ runner.temp }}/digest/digest.txt',
        'if-no-files-found': 'error',
        overwrite: true,
        'retention-days': 7,
      },
    },
  ];
}

/** Proposes what every leg has pushed, so that of several targets none goes alone. */
export function recordJob({ pins, runners, has }: ServiceWorkflow): Fields {
  return {
    needs: 'publish',
    if: `!cancelled() && needs.publish.result == 'success'`,
    'runs-on': runners.publish,
    'timeout-minutes': 10,
    environment,
    permissions: { contents: 'read', deployments: 'write' },
    steps: [
      checkout(pins),
      trunkline(pins),
      {
        uses: pins.uses('actions/download-artifact'),
        with: { pattern: 'digest-${{ inputs.service }}-*', path: '${{ runner.temp }}/digests' },
      },
      run(
        'Record the release and ring',
        `while read -r name; do
  trunkline ci dispatch --service "$name" --digest "$(cat "$RUNNER_TEMP/digests/digest-$SERVICE-$name/digest.txt")" --tag "sha-$GITHUB_SHA${has('suffix') ? '$SUFFIX' : ''}"
done < <(jq --raw-output '.[].name' <<< "$IMAGES")
`,
        {
          SERVICE: '${{ inputs.service }}',
          IMAGES: '${{ inputs.images }}',
          ...(has('suffix') ? { SUFFIX: suffix } : {}),
          GITHUB_TOKEN: '${{ github.token }}',
          TRUNKLINE_APP_ID: '${{ secrets.PROPOSE_APP_ID }}',
          TRUNKLINE_APP_KEY: '${{ secrets.PROPOSE_APP_KEY }}',
        },
      ),
    ],
  };
}

/** A job that is not asked for may be skipped, no other may. */
export function passed({ id, wanted }: TestJob): string {
  const success = `needs.${id}.result == 'success'`;
  return wanted === undefined
    ? success
    : `(${success} || !${wanted.startsWith('(') || !wanted.includes(' ') ? wanted : `(${wanted})`})`;
}

/** The check that a pull request has to pass: it always runs, and fails unless all that is asked for succeeded. */
export function passedJob(workflow: ServiceWorkflow, tests: readonly TestJob[]): Fields {
  const { budget, runners } = workflow;
  const own = ownJobsBefore(workflow.own, ['passed']);
  const needs = [...tests.map(({ id }) => id), 'publish', 'record', ...own.map(({ id }) => id)];
  const conditions = [
    ...tests.map(passed),
    `(needs.record.result == 'success' || github.event_name != 'push')`,
    ...own.map(ownPassed),
  ];
  const limits = [budget['pull-request'], budget.main].some((one) => one !== undefined);
  return {
    needs,
    if: 'always()',
    'runs-on': runners.test,
    'timeout-minutes': 5,
    permissions: limits ? { actions: 'read' } : {},
    steps: [
      run(
        'Require that everything passed',
        `[ "$PASSED" = true ] || { echo "::error::not everything passed: $RESULTS"; exit 1; }\n`,
        {
          PASSED: `\${{ !inputs.changed || (${conditions.join(' && ')}) }}`,
          RESULTS: "${{ join(needs.*.result, ', ') }}",
        },
      ),
      ...(limits ? [budgetStep(workflow)] : []),
    ],
  };
}

/** Reported, never stopped by. An event without a budget has one of 0, which nothing is held against. */
function budgetStep({ budget, shared }: ServiceWorkflow): Fields {
  const cases = [
    ['main', "github.event_name == 'push'"],
    ['pull-request', "github.event_name != 'push'"],
  ] as const;
  const known = cases.flatMap(([name, condition]) =>
    budget[name] === undefined ? [] : [`${condition} && ${shared ? `inputs.budget-${name}` : budget[name]}`],
  );
  const seconds = [...known, '0'].join(' || ');
  return run(
    'Compare with the budget',
    `began=$(gh api "repos/$GITHUB_REPOSITORY/actions/runs/$GITHUB_RUN_ID" --jq .run_started_at)
took=$(( $(date +%s) - $(date --date "$began" +%s) ))
echo "took \${took}s of a budget of \${BUDGET}s" | tee -a "$GITHUB_STEP_SUMMARY"
if [ "$took" -gt "$BUDGET" ]; then echo "::warning title=Over budget::took \${took}s of a budget of \${BUDGET}s"; fi
`,
    {
      BUDGET: `\${{ ${seconds} }}`,
      GH_TOKEN: '${{ github.token }}',
    },
    {
      if: `\${{ (${seconds}) > 0 }}`,
      'continue-on-error': true,
    },
  );
}

/** A push that was not published: its tests are the service's team's to mend, everything else the platform's. */
export function tellJob({ notify, pins, runners, shared }: ServiceWorkflow, tests: readonly TestJob[]): Fields {
  const tested = tests.map(({ id }) => `needs.${id}.result == 'failure'`).join(' || ') || 'false';
  return {
    needs: [...tests.map(({ id }) => id), 'publish', 'record'],
    if: `failure() && ${merged}${shared ? ' && inputs.notify' : ''}`,
    'runs-on': runners.test,
    'timeout-minutes': 5,
    environment,
    permissions: notifyPermissions,
    steps: [
      checkout(pins),
      trunkline(pins),
      notifyStep(
        'Tell who has to know',
        {
          kind: `\${{ (${tested}) && 'failed' || 'infrastructure' }}`,
          service: '${{ inputs.service }}',
          environment: '${{ github.ref_name }}',
          reason: 'was not published',
        },
        shared ? sharedNotifySecrets() : notifySecrets(notify),
      ),
    ],
  };
}

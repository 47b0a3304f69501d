import type { Fields } from '../render-yaml.ts';
import { checkout, installTool, run, trunkline } from '../steps.ts';
import { keepResultsStep } from './attest-steps.ts';
import { command, prepare } from './prepare.ts';
import type { ServiceWorkflow } from './service-workflow.ts';

const read: Fields = { contents: 'read' };
const timeout = '${{ inputs.timeout }}';

/** A job, and when it has work to do; undefined where no service asks for it. */
export interface TestJob {
  readonly id: string;
  /** An expression, beside `inputs.changed`. */
  readonly wanted?: string;
  readonly job: Fields;
}

/** Everything that runs before an image is built; none of it holds a secret. */
export function testJobs(workflow: ServiceWorkflow): readonly TestJob[] {
  return [testJob(workflow), qualityJob(workflow), integrationJob(workflow), scanJob(workflow)].flatMap((one) =>
    one === undefined ? [] : [one],
  );
}

function testJob(workflow: ServiceWorkflow): TestJob | undefined {
  const { has, pins, runners } = workflow;
  if (!has('lint') && !has('unit')) return undefined;
  const coverage = [
    { ...trunkline(pins), if: "inputs.coverage != ''" },
    run(
      'Hold coverage against the risk',
      'mapfile -t reports <<< "$REPORTS"\ntrunkline ci gate coverage "${reports[@]}" --service "$SERVICE"\n',
      { REPORTS: '${{ inputs.coverage }}', SERVICE: '${{ inputs.service }}' },
      { if: "inputs.coverage != ''" },
    ),
  ];
  return {
    id: 'test',
    job: {
      if: 'inputs.changed',
      'runs-on': runners.test,
      'timeout-minutes': timeout,
      permissions: read,
      steps: [
        ...prepare(workflow),
        ...(has('lint') ? [command('Lint', 'lint')] : []),
        ...(has('unit') ? [command('Test', 'unit')] : []),
        ...(has('coverage') ? coverage : []),
        ...(has('results') ? [keepResultsStep(workflow)] : []),
      ],
    },
  };
}

function qualityJob(workflow: ServiceWorkflow): TestJob | undefined {
  const { has, pins, runners } = workflow;
  const linters = ['quality-dockerfile', 'quality-shell', 'quality-yaml'].filter((one) => has(one));
  if (linters.length === 0) return undefined;
  const wanted =
    linters.length === 1 ? `inputs.${linters[0]}` : `(${linters.map((one) => `inputs.${one}`).join(' || ')})`;
  const env: Fields = { FOLDER: '${{ inputs.path }}' };
  const steps = [
    ...(has('quality-dockerfile')
      ? [
          installTool(pins, 'hadolint', 'inputs.quality-dockerfile'),
          run(
            'Look at the Dockerfile',
            'hadolint --failure-threshold error "$DOCKERFILE"',
            { DOCKERFILE: dockerfileOf(workflow) },
            {
              if: 'inputs.quality-dockerfile',
            },
          ),
        ]
      : []),
    ...(has('quality-shell')
      ? [
          run(
            'Look at shell scripts',
            'git ls-files -z -- "$FOLDER" | { grep -zE \'\\.(sh|bash)$\' || true; } | xargs -0 -r shellcheck --severity=warning',
            env,
            { if: 'inputs.quality-shell' },
          ),
        ]
      : []),
    ...(has('quality-yaml')
      ? [
          run(
            'Look at YAML',
            // Workflows are for GitHub to read, and for actionlint; conditions of ours are longer than any line should be.
            'yamllint --strict -d \'{extends: relaxed, ignore: .github/workflows/, rules: {line-length: {max: 120}}}\' "$FOLDER"',
            env,
            { if: 'inputs.quality-yaml' },
          ),
        ]
      : []),
  ];
  return {
    id: 'quality',
    wanted,
    job: {
      if: `inputs.changed && ${wanted}`,
      'runs-on': runners.test,
      'timeout-minutes': timeout,
      permissions: read,
      steps: [checkout(pins), ...steps],
    },
  };
}

/** Where the Dockerfile is, from the root of the repository. */
export function dockerfileOf({ has }: ServiceWorkflow): string {
  const usual = "(inputs.path == '.' && 'Dockerfile') || format('{0}/Dockerfile', inputs.path)";
  return `\${{ ${has('dockerfile') ? `inputs.dockerfile || ${usual}` : usual} }}`;
}

function integrationJob(workflow: ServiceWorkflow): TestJob | undefined {
  const { has, runners, containers } = workflow;
  if (!has('integration')) return undefined;
  const wanted = "inputs.integration != ''";
  return {
    id: 'integration',
    wanted,
    job: {
      ...(has('lint') || has('unit') ? { needs: 'test' } : {}),
      if: `inputs.changed && ${wanted}`,
      'runs-on': runners.test,
      'timeout-minutes': timeout,
      permissions: read,
      ...(has('uses') || has('containers') ? { services: containers } : {}),
      steps: [...prepare(workflow), command('Test together', 'integration')],
    },
  };
}

function scanJob({ scan, shared, pins, runners }: ServiceWorkflow): TestJob | undefined {
  if (!scan) return undefined;
  const env: Fields = { FOLDER: '${{ inputs.path }}' };
  return {
    id: 'scan',
    ...(shared ? { wanted: 'inputs.scan' } : {}),
    job: {
      if: shared ? 'inputs.changed && inputs.scan' : 'inputs.changed',
      'runs-on': runners.test,
      'timeout-minutes': timeout,
      permissions: read,
      steps: [
        checkout(pins),
        trunkline(pins),
        installTool(pins, 'trivy'),
        run(
          'Look for vulnerabilities',
          'trivy fs --scanners vuln --format json --output "$RUNNER_TEMP/vulnerabilities.json" "$FOLDER"\ntrunkline ci gate scan "$RUNNER_TEMP/vulnerabilities.json"\n',
          env,
        ),
        run(
          'Look for secrets',
          'trivy fs --scanners secret --format json --output "$RUNNER_TEMP/secrets.json" "$FOLDER"\ntrunkline ci gate secrets "$RUNNER_TEMP/secrets.json"\n',
          env,
        ),
        run(
          'Look at configuration',
          'trivy config --format json --output "$RUNNER_TEMP/configuration.json" "$FOLDER"\ntrunkline ci gate iac "$RUNNER_TEMP/configuration.json"\n',
          env,
        ),
      ],
    },
  };
}

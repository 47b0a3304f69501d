import type { Fields } from '../render-yaml.ts';
import { installTool, run } from '../steps.ts';
import type { ServiceWorkflow } from './service-workflow.ts';
import { dockerfileOf } from './test-jobs.ts';

/** A hotfix goes where a person ships it, whatever the branch's releases are routed by. */
export const suffix = "${{ !startsWith(github.ref_name, 'hotfixes/') && inputs.suffix || '' }}";

/** What publishing builds, once for each commit: the digest is the output of the step `image`. */
export function buildSteps(workflow: ServiceWorkflow): readonly Fields[] {
  const { has, pins, scan, shared } = workflow;
  const label = `sha-$GITHUB_SHA${has('suffix') ? '$SUFFIX' : ''}`;
  const env = has('suffix') ? { SUFFIX: suffix } : undefined;
  const direct = scan ? (shared ? `${unbuilt} && !inputs.scan` : undefined) : unbuilt;
  const digests = ['earlier', ...(scan ? ['pushed'] : []), ...(direct === undefined ? [] : ['build'])];
  return [
    ...(has('platforms')
      ? [{ uses: pins.uses('docker/setup-qemu-action'), if: "contains(inputs.platforms, 'arm64')" }]
      : []),
    { uses: pins.uses('docker/setup-buildx-action') },
    ...lookForEarlier(workflow, label, env),
    ...(scan ? lookAndPush(workflow, label, env) : []),
    ...(direct === undefined
      ? []
      : [
          buildStep(
            workflow,
            { name: 'Build and push', id: 'build', if: direct },
            {
              push: true,
              tags: `\${{ matrix.image.image }}:sha-\${{ github.sha }}${has('suffix') ? suffix : ''}`,
            },
          ),
        ]),
    run(
      'Keep the digest',
      `[[ $DIGEST =~ ^sha256:[0-9a-f]{64}$ ]] || { echo "::error::expected a digest of $IMAGE, found \\"$DIGEST\\""; exit 1; }
mkdir -p "$RUNNER_TEMP/digest"
echo "$DIGEST" > "$RUNNER_TEMP/digest/digest.txt"
echo "digest=$DIGEST" >> "$GITHUB_OUTPUT"
`,
      { DIGEST: `\${{ ${digests.map((id) => `steps.${id}.outputs.digest`).join(' || ')} }}` },
      { id: 'image' },
    ),
  ];
}

/**
 * The image that an earlier attempt built, which is what is signed now. Into ECR nobody pushes but this job, and its tags do
 * not move: there the tag of the commit tells. Elsewhere any job of the repository that may write packages could have put
 * something under that tag, a job of somebody's branch among them: there only what this very run handed on counts.
 */
function lookForEarlier(
  { pins, shared, registries }: ServiceWorkflow,
  label: string,
  env: Fields | undefined,
): readonly Fields[] {
  const tagged = `digest=$(docker buildx imagetools inspect "$IMAGE:${label}" --format '{{.Manifest.Digest}}' 2> /dev/null) || digest=\n`;
  const handed = `digest=$(cat "$RUNNER_TEMP/earlier/digest.txt" 2> /dev/null) || digest=
[ -z "$digest" ] || docker buildx imagetools inspect "$IMAGE@$digest" > /dev/null 2>&1 || digest=
`;
  const all = registries.every(({ kind }) => kind === 'ecr');
  const script = shared
    ? `if [ "$REGISTRY" = ecr ]; then\n${indented(tagged)}else\n${indented(handed)}fi\n`
    : all
      ? tagged
      : handed;
  const output = 'echo "digest=$digest" >> "$GITHUB_OUTPUT"\n';
  return [
    ...(all
      ? []
      : [
          {
            uses: pins.uses('actions/download-artifact'),
            if: `github.run_attempt > 1${shared ? " && inputs.registry != 'ecr'" : ''}`,
            'continue-on-error': true,
            with: { name: digestArtifact, path: '${{ runner.temp }}/earlier' },
          },
        ]),
    run(
      'Look for the image of this commit',
      `${script}${output}`,
      shared ? { ...env, REGISTRY: '${{ inputs.registry }}' } : all ? env : undefined,
      { id: 'earlier' },
    ),
  ];
}

function indented(script: string): string {
  return script.replaceAll(/^(?=.)/gm, '  ');
}

/** How a leg hands its digest on, within the run. */
export const digestArtifact = 'digest-${{ inputs.service }}-${{ matrix.image.name }}';

/** A commit that has an image is not built again. */
const unbuilt = "steps.earlier.outputs.digest == ''";

/** What is found in an image stops it before anybody can pull it; what was looked at is pushed, byte for byte. */
function lookAndPush(workflow: ServiceWorkflow, label: string, env: Fields | undefined): readonly Fields[] {
  const { pins, shared } = workflow;
  const condition = shared ? `inputs.scan && ${unbuilt}` : unbuilt;
  return [
    buildStep(
      workflow,
      { name: 'Build', id: 'archive', if: condition },
      { outputs: 'type=oci,dest=${{ runner.temp }}/built.tar' },
    ),
    installTool(pins, 'trivy', shared ? 'inputs.scan' : undefined),
    run(
      'Look before anybody can pull it',
      `mkdir -p "$RUNNER_TEMP/built"
tar -xf "$RUNNER_TEMP/built.tar" -C "$RUNNER_TEMP/built"
trivy image --input "$RUNNER_TEMP/built" --scanners vuln --format json --output "$RUNNER_TEMP/built.json"
trunkline ci gate scan "$RUNNER_TEMP/built.json"
`,
      undefined,
      { if: condition },
    ),
    run('Push', `trunkline ci push "$RUNNER_TEMP/built.tar" "$IMAGE" --tag "${label}"`, env, {
      id: 'pushed',
      if: condition,
    }),
  ];
}

function buildStep(workflow: ServiceWorkflow, step: Fields, output: Fields): Fields {
  const { has, pins } = workflow;
  return {
    ...step,
    uses: pins.uses('docker/build-push-action'),
    with: {
      context: has('context') ? '${{ inputs.context || inputs.path }}' : '${{ inputs.path }}',
      file: dockerfileOf(workflow),
      target: '${{ matrix.image.target }}',
      platforms: '${{ inputs.platforms }}',
      ...output,
      provenance: false,
      // For a Dockerfile with ARG REVISION: a service can say what it was built from.
      'build-args': 'REVISION=${{ github.sha }}',
      labels:
        'org.opencontainers.image.revision=${{ github.sha }}\norg.opencontainers.image.source=${{ github.server_url }}/${{ github.repository }}\n',
      'cache-from': 'type=gha,scope=${{ matrix.image.name }}',
      'cache-to': 'type=gha,scope=${{ matrix.image.name }},mode=max,ignore-error=true',
    },
  };
}

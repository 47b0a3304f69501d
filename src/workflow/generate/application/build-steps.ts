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
    run(
      'Look for the image of this commit',
      `digest=$(docker buildx imagetools inspect "$IMAGE:${label}" --format '{{.Manifest.Digest}}' 2> /dev/null) || digest=
echo "digest=$digest" >> "$GITHUB_OUTPUT"
`,
      env,
      { id: 'earlier' },
    ),
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

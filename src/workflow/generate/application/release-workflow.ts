import type { ServicesConfig } from '../../../config/services.ts';
import { publishEnvironment } from '../../../model/github-environments.ts';
import { ghcr, loginSteps, placeOf } from '../login-steps.ts';
import { publishWorkflow } from '../names.ts';
import type { Pins } from '../pins.ts';
import type { Fields } from '../render-yaml.ts';
import { checkout, run, runsOn, trunkline } from '../steps.ts';

/** A tag makes a GitHub release of what its own commit was built into, and proposes it by its tag; nothing is built. */
export function releaseWorkflow(config: ServicesConfig, pins: Pins): Fields {
  const place = config.registry === undefined ? ghcr : placeOf(config.registry, '-read');
  const { kind } = place;
  const signed = [...config.services.values()].every(({ attest }) => attest.includes('provenance'));
  const environment: Fields = { name: publishEnvironment, deployment: false };
  return {
    name: 'Release',
    on: { push: { tags: [config.release?.tags ?? 'v*'] } },
    permissions: {},
    concurrency: { group: 'release-${{ github.ref }}', 'cancel-in-progress': false },
    jobs: {
      release: {
        'runs-on': runsOn(config.runners.publish),
        'timeout-minutes': 15,
        environment,
        permissions: {
          actions: 'read',
          contents: 'write',
          deployments: 'read',
          ...(kind === 'ecr' ? { 'id-token': 'write' } : {}),
          ...(kind === 'ghcr' ? { packages: 'read' } : {}),
          'pull-requests': 'read',
        },
        outputs: { digests: '${{ steps.release.outputs.digests }}' },
        steps: [
          checkout(pins, { history: true }),
          trunkline(pins),
          ...loginSteps(pins, place),
          run(
            'Release',
            signed ? `trunkline ci release --signer ${signerOf(config)}` : 'trunkline ci release',
            { GITHUB_TOKEN: '${{ github.token }}' },
            { id: 'release' },
          ),
        ],
      },
      record: {
        needs: 'release',
        'runs-on': runsOn(config.runners.publish),
        'timeout-minutes': 5,
        environment,
        permissions: { contents: 'read', deployments: 'write' },
        steps: [
          checkout(pins),
          trunkline(pins),
          run(
            'Record the release by its tag and ring',
            `while IFS=' ' read -r name digest; do
  trunkline ci dispatch --service "$name" --digest "$digest" --tag "$GITHUB_REF_NAME"
done < <(jq --raw-output 'to_entries[] | "\\(.key) \\(.value)"' <<< "$DIGESTS")
`,
            {
              DIGESTS: '${{ needs.release.outputs.digests }}',
              GITHUB_TOKEN: '${{ github.token }}',
              TRUNKLINE_APP_ID: '${{ secrets.PROPOSE_APP_ID }}',
              TRUNKLINE_APP_KEY: '${{ secrets.PROPOSE_APP_KEY }}',
            },
          ),
        ],
      },
    },
  };
}

function signerOf({ workflows }: ServicesConfig): string {
  return workflows === undefined
    ? `.github/workflows/${publishWorkflow}`
    : `${workflows}/.github/workflows/${publishWorkflow}`;
}

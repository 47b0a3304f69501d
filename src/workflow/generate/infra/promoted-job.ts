import type { EnvironmentsConfig } from '../../../config/config.ts';
import { ghcr, loginSteps } from '../login-steps.ts';
import type { Pins } from '../pins.ts';
import type { Fields } from '../render-yaml.ts';
import { run, runsOn, trunkline } from '../steps.ts';

/** What the job below needs, and a caller of its workflow has to grant. */
export const promotedPermissions: Fields = { 'id-token': 'write', packages: 'write' };

/**
 * Hangs on each image that came to an environment a signed statement that it did. Never runs what is deployed, and holds
 * nothing but the right to sign in its own name and to write to the registry. `deployed`: a JSON list of images by digest.
 */
export function promotedJob(
  { runners }: Pick<EnvironmentsConfig, 'runners'>,
  pins: Pins,
  of: { readonly needs: string; readonly environment: string; readonly deployed: string },
  more: Fields,
): Fields {
  return {
    needs: of.needs,
    ...more,
    'runs-on': runsOn(runners.control),
    'timeout-minutes': 5,
    // ghcr.io keeps no list of what hangs on an image: of two jobs that write one at the same moment, one would lose.
    concurrency: { group: 'promoted', 'cancel-in-progress': false, queue: 'max' },
    permissions: promotedPermissions,
    steps: [
      trunkline(pins),
      ...loginSteps(pins, ghcr),
      // An image elsewhere is not signed, and that is said: this job can log in to GitHub's registry alone.
      run(
        'Sign that it came here',
        `jq --raw-output '.[] | select(startswith("ghcr.io/") | not) | "::notice title=Not attested::\\(.) is not at ghcr.io: a job of your own has to sign that it came here"' <<< "$DEPLOYED"
failed=
while read -r image; do
  trunkline ci attest "$image" --type promotion --environment "$ENVIRONMENT" || failed="$failed $image"
done < <(jq --raw-output '.[] | select(startswith("ghcr.io/"))' <<< "$DEPLOYED")
[ -z "$failed" ] || { echo "::error title=Not attested::expected a signed promotion on:$failed"; exit 1; }
`,
        { DEPLOYED: of.deployed, ENVIRONMENT: of.environment },
      ),
    ],
  };
}

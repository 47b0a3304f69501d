import { type Offer, tracking } from '../delivery/bump.ts';
import { activeHold, openBumps } from '../delivery/change.ts';
import type { Standing } from '../delivery/standing.ts';
import type { OpenPull, PublishedRelease, State, Step } from '../delivery/state.ts';
import type { GitHub } from '../github/client.ts';
import { readPin } from '../manifest/manifest.ts';
import type { Source } from '../model/release.ts';
import { parseTrailers, trailers } from '../model/trailer.ts';
import { readPublished } from './published.ts';
import { stepReader } from './release-facts.ts';

/**
 * How an offer stands to what each environment has and to what is on its way there, by environment. Asks GitHub only
 * where there is something to compare that was not read with the state.
 */
export async function readStandings(
  github: GitHub,
  state: State,
  offer: Offer,
): Promise<ReadonlyMap<string, Standing>> {
  const step = stepReader(github, state.releases?.graph ?? new Map());
  let published: readonly PublishedRelease[] = state.releases?.published ?? [];
  const sourceOf = async (digest: string): Promise<Source | undefined> => {
    const find = (): Source | undefined =>
      published.find((one) => one.service === offer.service && one.digest === digest)?.source;
    const found = find();
    if (found !== undefined || offer.source === undefined) return found;
    const publishers = { ...state.config, infra: state.repository };
    published = await readPublished(github, publishers, (page) => page.some((one) => one.digest === digest));
    return find();
  };
  const standings = new Map<string, Standing>();
  for (const environment of tracking(state, offer)) {
    const { name } = environment;
    const pinned = readPin(state.config, state.files, offer.service, name)?.digest;
    if (pinned === offer.digest || activeHold(state, offer.service, name) !== undefined) continue;
    const rivals: { pull: OpenPull; step: Step }[] = [];
    const single = openBumps(state, offer.service, name).map((pull) => ({
      pull,
      digest: parseTrailers(pull.body).get(trailers.digest),
    }));
    const batched = (state.batches?.open ?? [])
      .filter((one) => one.environment === name)
      .flatMap(({ pull, bumps }) =>
        bumps.filter((one) => one.service === offer.service).map(({ digest }) => ({ pull, digest })),
      );
    for (const { pull, digest } of [...single, ...batched]) {
      if (digest === undefined || digest === offer.digest || offer.source === undefined) continue;
      rivals.push({ pull, step: await step(await sourceOf(digest), offer.source) });
    }
    const compared = pinned === undefined || offer.source === undefined;
    standings.set(name, {
      ...(compared ? {} : { pinned: await step(await sourceOf(pinned), offer.source) }),
      rivals,
    });
  }
  return standings;
}

import { parseDigest } from '../../../model/digest.ts';
import { ask } from '../ask.ts';
import { findButton } from '../buttons.ts';
import { digestNow } from '../look.ts';
import { imageOf, registryOf } from '../registry-eyes.ts';
import type { FollowedRelease, World } from '../world.ts';
import { forgedTags } from './signed.ts';

/** What nothing uses leaves the registry; what runs, ran, or hangs on it stays. */
export async function rehearsePrune(world: World, release: FollowedRelease): Promise<void> {
  const { book, pair, people } = world;
  book.phase('The registry is cleaned; nothing that is used goes');
  const image = await imageOf(world);
  if (image === undefined || findButton(pair.app.workflows, 'ci prune', ['--delete']) === undefined) {
    book.skip('the registry is cleaned', `no workflow of ${pair.app.fullName} that a person can start runs "ci prune"`);
    return;
  }
  const registry = registryOf(world, people.developer);
  const there = async (reference: { tag?: string; digest?: string }): Promise<boolean> =>
    (await registry.resolve({ ...image, ...(reference as object) })) !== undefined;
  const referrers = await registry.referrers({ ...image, digest: parseDigest(release.digest) });
  const outcome = await ask(world, people.developer, pair.app, 'ci prune', {
    '--minimum-age': '1s',
    '--keep-newest': '1',
    '--delete': '',
  });
  book.must(book.same('somebody presses the button', 'success', outcome.said), 'the registry was not cleaned');
  for (const tag of forgedTags) book.same(`${tag}, which nothing uses, is gone`, false, await there({ tag }));
  for (const { name } of pair.chain) {
    const digest = await digestNow(world, name);
    if (digest !== 'nothing') book.same(`what ${name} runs is there`, true, await there({ digest }));
  }
  const left = await registry.referrers({ ...image, digest: parseDigest(release.digest) });
  book.same('and so is all that hangs on it', referrers.length, left.length);
}

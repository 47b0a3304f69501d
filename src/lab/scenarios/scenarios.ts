import { rehearseBadVersion } from './acts/bad-version.ts';
import { rehearseBurst } from './acts/burst.ts';
import { rehearseDispatch } from './acts/dispatch.ts';
import { rehearseFreeze } from './acts/freeze.ts';
import { rehearseHotfix } from './acts/hotfix.ts';
import { rehearsePromotion } from './acts/promotion.ts';
import { rehearseBump, rehearsePublish } from './acts/publish.ts';
import { rehearsePullRequest } from './acts/pull-request.ts';
import type { FollowedRelease, World } from './world.ts';

/** What each scenario plays, once the stage is set. */
export const scenarios = {
  delivery: async (world) => {
    const release = await firstRelease(world);
    await rehearsePromotion(world, release);
    await rehearseBadVersion(world, release);
    await rehearseHotfix(world, release);
  },
  burst: async (world) => {
    await firstRelease(world);
    await rehearseBurst(world);
  },
  rollback: async (world) => rehearseBadVersion(world, await firstRelease(world)),
  hotfix: async (world) => {
    const release = await firstRelease(world);
    await rehearsePromotion(world, release);
    await rehearseHotfix(world, release);
  },
  freeze: async (world, now) => rehearseFreeze(world, await firstRelease(world), now),
  dispatch: async (world) => {
    await firstRelease(world);
    await rehearseDispatch(world);
  },
} satisfies Record<string, (world: World, now: () => number) => Promise<void>>;

export type ScenarioName = keyof typeof scenarios;

/** Acts 1 to 3: a reviewed change is published and arrives in the first environment. */
async function firstRelease(world: World): Promise<FollowedRelease> {
  const published = await rehearsePublish(world, await rehearsePullRequest(world));
  await rehearseBump(world, published);
  return published.release;
}

import { rehearseBadProduction } from './acts/bad-production.ts';
import { rehearseBadVersion } from './acts/bad-version.ts';
import { rehearseBurst } from './acts/burst.ts';
import { rehearseDispatch } from './acts/dispatch.ts';
import { rehearseFreeze } from './acts/freeze.ts';
import { rehearseHotfix } from './acts/hotfix.ts';
import { rehearsePromotion } from './acts/promotion.ts';
import { rehearsePrune } from './acts/prune.ts';
import { rehearseBump, rehearsePublish } from './acts/publish.ts';
import { rehearsePullRequest } from './acts/pull-request.ts';
import { rehearseGithubRelease } from './acts/release.ts';
import { rehearseReportGates } from './acts/report-gates.ts';
import { rehearseSigned, rehearseUnsigned } from './acts/signed.ts';
import type { ExampleName } from './example-pair.ts';
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
  production: async (world) => {
    const release = await firstRelease(world);
    await rehearsePromotion(world, release);
    await rehearseBadProduction(world, release);
  },
  proof: async (world) => {
    const release = await firstRelease(world);
    await rehearseSigned(world, release);
    await rehearseUnsigned(world, release);
    await rehearseReportGates(world);
    await rehearseBadVersion(
      world,
      release,
      'A version that is healthy and answers wrongly is rolled back by its smoke test',
    );
    await rehearseGithubRelease(world, release);
    await rehearsePrune(world, release);
  },
} satisfies Record<string, (world: World, now: () => number) => Promise<void>>;

export type ScenarioName = keyof typeof scenarios;

export function isScenario(name: string): name is ScenarioName {
  return Object.hasOwn(scenarios, name);
}

/** The example that a scenario is played on where nobody brings repositories of their own. */
export function exampleOf(scenario: ScenarioName): ExampleName {
  return scenario === 'proof' || scenario === 'production' ? 'signed' : 'two-repositories';
}

/** Acts 1 to 3: a reviewed change is published and arrives in the first environment. */
async function firstRelease(world: World): Promise<FollowedRelease> {
  const published = await rehearsePublish(world, await rehearsePullRequest(world));
  await rehearseBump(world, published);
  return published.release;
}

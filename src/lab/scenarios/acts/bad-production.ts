import { holdsPath } from '../../../config/config.ts';
import { parseHolds } from '../../../delivery/records.ts';
import { lastPullNumber, openPull, pullsAfter } from '../deeds.ts';
import { digestNow, textNow } from '../look.ts';
import type { FollowedRelease, World } from '../world.ts';
import { carry, teamsWanted } from './carry.ts';
import { promote } from './promotion.ts';
import { digestOf, publishPull } from './publish.ts';
import { expectServed } from './served.ts';

/** A version that every environment but the last one takes for well is put back there, as that one's rule says. */
export async function rehearseBadProduction(world: World, good: FollowedRelease): Promise<void> {
  const { book, github, pair, people, flaws } = world;
  const { developer, reviewer } = people;
  const last = pair.chain.at(-1) ?? pair.chain[0];
  book.phase(`A version that answers wrongly in ${last.name} alone is rolled back there`);
  if (flaws.wrongIn === undefined || pair.chain.length < 2 || last.rollback === 'off') {
    const why = flaws.wrongIn === undefined ? 'nobody said how to make one' : `nothing is put back in ${last.name}`;
    book.skip('a version that is bad there alone is rolled back', why);
    return;
  }
  const pull = await openPull(developer, pair.app.fullName, {
    branch: 'rehearsal/bad-there-alone',
    from: `origin/${pair.app.branch}`,
    base: pair.app.branch,
    title: 'Change something that no test sees',
    edit: flaws.wrongIn(last.name),
  });
  await github.idle();
  const { commit } = await publishPull(world, pull);
  const bad = { commit, digest: await digestOf(world, commit) };
  await expectServed(world, pair.chain[0].name, bad);
  for (const environment of pair.chain.slice(1, -1)) {
    await promote(world, environment, bad);
    await expectServed(world, environment.name, bad);
  }
  const before = await lastPullNumber(reviewer, pair.infra.fullName);
  await promote(world, last, bad);
  const [rollback, ...more] = (await pullsAfter(reviewer, pair.infra.fullName, before + 1)).filter(
    ({ byBot }) => byBot,
  );
  book.must(
    book.holds(
      `its smoke test in ${last.name} fails, and a pull request puts the release before it back`,
      'one, opened by a bot',
      rollback === undefined ? 'none' : `#${rollback.number} ${rollback.title}, by ${rollback.author}`,
      rollback !== undefined && more.length === 0,
    ),
    'no rollback was proposed',
  );
  if (rollback === undefined) return;
  const waits = last.rollback === 'propose' && Object.keys(last.approve).length > 0;
  book.same(
    waits ? `it waits for those who approve in ${last.name}` : 'it waits for nobody',
    waits ? 'open' : 'merged',
    rollback.merged ? 'merged' : 'open',
  );
  // Whoever merged the bad one is who it is asked for by: another one of the team has to look.
  await carry(world, rollback, last, [...new Set(teamsWanted(world, last).flat())]);
  await expectServed(world, last.name, good);
  const holds = parseHolds(await textNow(world, holdsPath));
  book.holds(
    `a hold is on record for ${pair.service} in ${last.name}, and nowhere else`,
    last.name,
    holds.map(({ environment }) => environment).join(', ') || 'none',
    holds.length === 1 && holds[0]?.environment === last.name && holds[0].service === pair.service,
  );
  for (const { name } of pair.chain.slice(0, -1))
    book.same(`${name} stays where it is`, bad.digest, await digestNow(world, name));
}

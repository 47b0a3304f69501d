import { holdsPath } from '../../../config/config.ts';
import { parseHolds } from '../../../delivery/records.ts';
import { ask } from '../ask.ts';
import { lastPullNumber, openPull, pullsAfter } from '../deeds.ts';
import { digestNow, lastRunId, pinNow, runsAfter, textNow } from '../look.ts';
import type { FollowedRelease, World } from '../world.ts';
import { approvers, carry } from './carry.ts';
import { publishPull } from './publish.ts';
import { expectServed } from './served.ts';

/** A version whose health check fails is noticed, put back, and kept from coming again. */
export async function rehearseBadVersion(world: World, good: FollowedRelease, title?: string): Promise<void> {
  const { book, github, pair, people } = world;
  const [first] = pair.chain;
  book.phase(title ?? `A version whose health check fails is rolled back in ${first.name}, and held`);
  if (world.spoil === undefined) {
    book.skip(
      'a bad version is rolled back',
      'nobody said how to make one: --break COMMAND changes the application so that its health check fails',
    );
    return;
  }
  if (first.rollback === 'off') {
    book.skip('a bad version is rolled back', `${first.name} has "rollback: off"`);
    return;
  }
  const pull = await openPull(people.developer, pair.app.fullName, {
    branch: 'rehearsal/bad-version',
    from: `origin/${pair.app.branch}`,
    base: pair.app.branch,
    title: 'Change something that turns out badly',
    edit: world.spoil,
  });
  await github.idle();
  const runsBefore = await lastRunId(people.reviewer, pair.infra.fullName);
  const { bumps } = await publishPull(world, pull);
  const [bump, rollback] = bumps.filter(ofFirst(world));
  book.must(
    book.holds(
      `it goes out to ${first.name}`,
      'its pull request merged',
      bump === undefined ? 'no pull request' : bump.merged ? 'merged' : 'open',
      bump?.merged === true,
    ),
    'the bad version was never deployed',
  );
  const failed = (await runsAfter(people.reviewer, pair.infra.fullName, runsBefore)).filter(
    (run) => run.event === 'push' && run.headSha === bump?.mergeSha,
  );
  book.holds(
    'the deploy run sees it',
    'failure',
    failed.map(({ name, conclusion }) => `${name}: ${conclusion}`).join(', ') || 'no run',
    failed.some(({ conclusion }) => conclusion === 'failure'),
  );
  book.must(
    book.holds(
      'a pull request puts the release before it back',
      'one, opened by a bot',
      rollback === undefined ? 'none' : `#${rollback.number} ${rollback.title}, by ${rollback.author}`,
      rollback?.byBot === true,
    ),
    'no rollback was proposed',
  );
  if (rollback === undefined) return;
  await carry(world, rollback, first, approvers(world, first, people.developer));
  await expectServed(world, first.name, good);
  const bad = await pinNow(world, first.name, bump?.headSha);
  await expectHeld(world, good, { commit: bump?.mergeSha ?? '', digest: bad?.digest ?? '' });
}

async function expectHeld(world: World, good: FollowedRelease, bad: FollowedRelease): Promise<void> {
  const { book, pair, people } = world;
  const [first] = pair.chain;
  const holds = await textNow(world, holdsPath);
  book.holds(
    `a hold is on record for ${pair.service} in ${first.name}`,
    `one in ${holdsPath}`,
    holds?.trim() ?? 'no such file',
    parseHolds(holds).some(({ service, environment }) => service === pair.service && environment === first.name),
  );
  const before = await lastPullNumber(people.reviewer, pair.infra.fullName);
  // The doorbell is rung again, as a sweep or an impatient person would, and the very release is offered once more.
  const rung = await ask(world, people.developer, pair.infra, 'ci receive', {});
  const offer = { '--service': pair.service, '--digest': bad.digest };
  const offered = await ask(world, people.developer, pair.infra, 'ci bump', offer);
  // Offered by hand, without a ref or tag, it is proposed wherever a route leads; the hold is that of one environment.
  const appeared = (await pullsAfter(people.reviewer, pair.infra.fullName, before)).filter(ofFirst(world));
  const said = [rung, offered].map((one) => one.said.trim()).join('; ');
  book.holds(
    'the hold keeps automation from bringing it back',
    'no pull request',
    appeared.map(({ number, title }) => `#${number} ${title}`).join(', ') || `none (${said})`,
    rung.done && offered.done && appeared.length === 0,
  );
  book.same(`${first.name} stays where it is`, good.digest, await digestNow(world, first.name));
}

/** One push may lead to several environments, each in its own region. */
function ofFirst({ pair }: World): (pull: { readonly title: string }) => boolean {
  const [first] = pair.chain;
  const elsewhere = pair.environments.filter(({ name }) => name !== first.name);
  return ({ title }) => !elsewhere.some(({ name }) => title.endsWith(` in ${name}`));
}

import { lastLog } from '../ask.ts';
import { approve, merge, openPull, sayRefusal, split } from '../deeds.ts';
import { checksOf, lastRunId } from '../look.ts';
import type { World } from '../world.ts';

/** A pull request that a report speaks against does not merge, whoever approves it. */
export async function rehearseReportGates(world: World): Promise<void> {
  const { book, flaws } = world;
  book.phase('Reports of tests and scanners stop what they speak against');
  await expectStopped(world, {
    what: 'tests that reach 79.9 % where 80 % is due',
    branch: 'rehearsal/untested',
    title: 'Add regions, and no tests of them',
    edit: flaws.untested,
    expected: '79.9 % reached, 80 % wanted',
    pattern: /79\.9 % of \d+ lines reached, 80 % wanted/,
  });
  await expectStopped(world, {
    what: 'a vulnerability of weight that could be mended',
    branch: 'rehearsal/vulnerable',
    title: 'Use lodash',
    edit: flaws.vulnerable,
    expected: 'the vulnerability by its name',
    pattern: /CVE-2021-23337/,
  });
}

async function expectStopped(
  world: World,
  flaw: {
    readonly what: string;
    readonly branch: string;
    readonly title: string;
    readonly edit: World['flaws']['untested'];
    readonly expected: string;
    readonly pattern: RegExp;
  },
): Promise<void> {
  const { book, github, pair, people } = world;
  if (flaw.edit === undefined) {
    book.skip(`${flaw.what}: stopped`, 'nobody said how to make such a version of this application');
    return;
  }
  const before = await lastRunId(people.developer, pair.app.fullName);
  const pull = await openPull(people.developer, pair.app.fullName, {
    branch: flaw.branch,
    from: `origin/${pair.app.branch}`,
    base: pair.app.branch,
    title: flaw.title,
    edit: flaw.edit,
  });
  await github.idle();
  const failed = (await checksOf(people.developer, pair.app.fullName, pull.headSha)).filter(
    ({ conclusion }) => conclusion === 'failure',
  );
  book.holds(
    `${flaw.what}: a check fails`,
    'one, and what gathers them',
    failed.map(({ name }) => name).join(', ') || 'none',
    failed.length > 0,
  );
  const said = await lastLog(people.developer, pair.app.fullName, before);
  book.matches('it says why', flaw.expected, flaw.pattern, said);
  await approve(people.reviewer, pull);
  await github.idle();
  book.matches(
    `${pair.app.fullName}#${pull.number} does not merge, approved or not`,
    '405, a required check is failing',
    /^405 /,
    sayRefusal(await merge(people.reviewer, pull)),
  );
  await people.developer.api.rest.pulls.update({
    ...split(pair.app.fullName),
    pull_number: pull.number,
    state: 'closed',
  });
}

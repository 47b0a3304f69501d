import { ask } from '../ask.ts';
import { findButton } from '../buttons.ts';
import { lastPullNumber, openPull, pullsAfter, split } from '../deeds.ts';
import type { FollowedRelease, World } from '../world.ts';
import { approvers, carry } from './carry.ts';
import { digestOf, expectOnlyPin, publishPull } from './publish.ts';
import { expectServed } from './served.ts';

/** A fix starts at a released commit, is reviewed and published there, and goes to the last environment alone. */
export async function rehearseHotfix(world: World, released: FollowedRelease): Promise<void> {
  const { book, github, pair, people } = world;
  const target = pair.chain.at(-1) ?? pair.chain[0];
  const [first] = pair.chain;
  const name = 'rehearsal';
  const branch = `hotfixes/${name}`;
  book.phase(`Hotfix: ${branch} at a released commit, reviewed, straight to ${target.name}`);
  if (target === first) {
    book.skip('a hotfix goes past environments', `${first.name} is the only one on its way`);
    return;
  }

  const clone = await people.developer.clone(pair.app.fullName);
  await clone.startBranch(branch, released.commit);
  const pushed = await clone.push(`refs/heads/${branch}`);
  book.matches(
    `${people.developer.login} may not open ${branch} by a push`,
    'GH013, creations being restricted',
    /GH013[\s\S]*[Cc]reations being restricted/,
    pushed.taken ? 'it was taken' : pushed.said,
  );
  // Without a workflow for it, which runs as the delivery App, it takes somebody whom the ruleset lets through.
  const starter = findButton(pair.app.workflows, 'hotfix start') === undefined ? people.owner : people.developer;
  const outcome = await ask(world, starter, pair.app, 'hotfix start', {
    0: name,
    '--from': released.commit,
  });
  const head = await people.developer.api.rest.git
    .getRef({ ...split(pair.app.fullName), ref: `heads/${branch}` })
    .then(({ data }) => data.object.sha)
    .catch(() => outcome.said);
  book.must(
    book.same(`the hotfix command opens ${branch} at the released commit`, released.commit, head),
    `${branch} is not there`,
  );

  const pull = await openPull(people.developer, pair.app.fullName, {
    branch: 'rehearsal/the-fix',
    from: `origin/${branch}`,
    base: branch,
    title: 'Fix it',
    edit: world.change,
  });
  await github.idle();
  const { commit, bumps } = await publishPull(world, pull);
  book.same(`no pull request proposes it for ${first.name}`, 0, bumps.length);
  const fix: FollowedRelease = { commit, digest: await digestOf(world, commit) };
  book.must(
    fix.digest !== released.digest,
    'the change did not change the image: name a file that is copied into it with --change',
  );

  const before = await lastPullNumber(people.developer, pair.infra.fullName);
  const shipped = await ask(world, people.developer, pair.infra, 'hotfix ship', {
    0: pair.service,
    '--to': target.name,
    '--release': fix.digest,
    '--reason': 'rehearsal of a hotfix',
    '--incident': 'REHEARSAL-1',
  });
  const [promotion] = await pullsAfter(people.developer, pair.infra.fullName, before);
  book.must(
    book.holds(
      `a pull request takes it to ${target.name}`,
      'one pull request',
      promotion === undefined ? shipped.said : `#${promotion.number} ${promotion.title}, by ${promotion.author}`,
      promotion !== undefined,
    ),
    'the hotfix was not proposed',
  );
  if (promotion === undefined) return;
  await expectOnlyPin(world, promotion, target.name, fix.digest);
  await carry(world, promotion, target, approvers(world, target, people.developer));
  await expectServed(world, target.name, fix);
}

import { ask } from '../ask.ts';
import { findButton } from '../buttons.ts';
import { lastPullNumber, openPull, pullsAfter, split } from '../deeds.ts';
import type { World } from '../world.ts';
import { digestOf, publishPull } from './publish.ts';
import { expectServed } from './served.ts';

/** A doorbell that is lost delays a release and loses nothing; one that is rung again changes nothing. */
export async function rehearseDispatch(world: World): Promise<void> {
  const { book, github, pair, people } = world;
  const [first] = pair.chain;
  book.phase('Dispatch: the doorbell is lost, then rung again and again');
  const path = findButton(pair.infra.workflows, 'ci receive')?.path;
  if (path === undefined) {
    book.skip('a lost doorbell loses nothing', 'infra has no workflow that runs trunkline ci receive');
    return;
  }
  const receive = { ...split(pair.infra.fullName), workflow_id: path.replace(/.*\//, '') };
  await people.owner.api.rest.actions.disableWorkflow(receive);
  const pull = await openPull(people.developer, pair.app.fullName, {
    branch: 'rehearsal/lost-doorbell',
    from: `origin/${pair.app.branch}`,
    base: pair.app.branch,
    title: 'Change something while nobody listens',
    edit: world.change,
  });
  await github.idle();
  const { commit, bumps } = await publishPull(world, pull);
  book.same('nobody hears the doorbell, and the release is published all the same', 0, bumps.length);
  const release = { commit, digest: await digestOf(world, commit) };
  await people.owner.api.rest.actions.enableWorkflow(receive);

  const before = await lastPullNumber(people.reviewer, pair.infra.fullName);
  await ask(world, people.developer, pair.infra, 'ci receive', {});
  const delivered = await pullsAfter(people.reviewer, pair.infra.fullName, before);
  book.same('the next one brings it to infra', 1, delivered.length);
  for (let round = 0; round < 2; round++) await ask(world, people.developer, pair.infra, 'ci receive', {});
  const more = await pullsAfter(people.reviewer, pair.infra.fullName, before);
  book.same('rung twice more, nothing comes twice', delivered.length, more.length);
  await expectServed(world, first.name, release);
}

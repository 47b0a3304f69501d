import { ask } from '../ask.ts';
import { approve, lastPullNumber, merge, openPull, type Pull, pullsAfter, sayRefusal } from '../deeds.ts';
import { digestNow } from '../look.ts';
import type { World } from '../world.ts';
import { digestOf } from './publish.ts';
import { expectServed } from './served.ts';

const releases = 4;

/** Several releases at once, and doorbells over each other: the newest arrives, nothing is lost, nothing is left open. */
export async function rehearseBurst(world: World): Promise<void> {
  const { book, github, pair, people } = world;
  const [first] = pair.chain;
  book.phase(`Burst: ${releases} releases at once, doorbells over each other`);
  const before = await lastPullNumber(people.reviewer, pair.infra.fullName);
  let newest = '';
  for (let index = 1; index <= releases; index++) {
    const pull = await openPull(people.developer, pair.app.fullName, {
      branch: `rehearsal/burst-${index}`,
      from: `origin/${pair.app.branch}`,
      base: pair.app.branch,
      title: `Change something, ${index} of ${releases}`,
      edit: world.change,
    });
    // Its checks have to be through; what follows from its merge need not be.
    await github.idle();
    newest = (await mergeNow(world, pull)) ?? newest;
  }
  await Promise.all([
    ask(world, people.developer, pair.infra, 'ci receive', {}),
    ask(world, people.reviewer, pair.infra, 'ci receive', {}),
  ]);
  await github.idle();
  await ask(world, people.developer, pair.infra, 'ci receive', {});
  const release = { commit: newest, digest: await digestOf(world, newest) };
  book.same(`${first.name} has the newest`, release.digest, await digestNow(world, first.name));
  await expectServed(world, first.name, release);
  const left = (await pullsAfter(people.reviewer, pair.infra.fullName, before)).filter((pull) => pull.open);
  book.same(
    'no pull request is left open',
    [],
    left.map((pull) => `#${pull.number} ${pull.title}`),
  );
}

async function mergeNow({ book, people }: World, pull: Pull): Promise<string | undefined> {
  const approved = sayRefusal(await approve(people.reviewer, pull));
  const merged = sayRefusal(await merge(people.reviewer, pull));
  book.same(
    `${pull.repository}#${pull.number} is approved and merged`,
    'it was done',
    approved === 'it was done' ? merged : approved,
  );
  const { data } = await people.reviewer.api.rest.pulls.get({
    owner: pull.repository.split('/')[0] ?? '',
    repo: pull.repository.split('/')[1] ?? '',
    pull_number: pull.number,
  });
  return data.merge_commit_sha ?? undefined;
}

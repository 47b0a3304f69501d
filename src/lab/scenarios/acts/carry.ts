import type { Environment } from '../../../model/environment.ts';
import { approve, merge, type Pull, readPull, sayRefusal } from '../deeds.ts';
import type { Person } from '../person.ts';
import type { World } from '../world.ts';

/** Whose approvals an environment wants, the requester's excepted; one person for each that is wanted. */
export function approvers(world: World, environment: Environment, requester: Person): readonly Person[] {
  const { pair, people } = world;
  const chosen = new Set<Person>();
  for (const [team, count] of Object.entries(environment.approve)) {
    const slugs = team === 'owner' ? pair.ownerTeams : [team];
    const members = slugs.flatMap((slug) => people.teams.get(slug) ?? []).filter((one) => one !== requester);
    for (const person of members.slice(0, count)) chosen.add(person);
  }
  return [...chosen];
}

/** Gives a pull request the approvals its environment wants, merges it unless it did so by itself, waits for what follows. */
export async function carry(world: World, pull: Pull, environment: Environment, requester: Person): Promise<void> {
  const { book, github, people } = world;
  let now = await readPull(people.reviewer, pull.repository, pull.number);
  const persons = approvers(world, environment, requester);
  for (const person of now.merged ? [] : persons) {
    book.same(`${person.login} approves #${pull.number}`, 'it was done', sayRefusal(await approve(person, pull)));
  }
  if (!now.merged) await github.idle();
  now = await readPull(people.reviewer, pull.repository, pull.number);
  if (!now.merged) {
    const presser = persons[0] ?? people.reviewer;
    const refused = await merge(presser, pull);
    book.same(`${presser.login} merges #${pull.number}`, 'it was done', sayRefusal(refused));
    await github.idle();
    now = await readPull(people.reviewer, pull.repository, pull.number);
  }
  book.must(
    book.holds(
      `#${pull.number} is merged into ${environment.name}`,
      'merged',
      now.merged ? `merged by ${now.mergedBy}` : 'open',
      now.merged,
    ),
    `${pull.repository}#${pull.number} did not merge`,
  );
}

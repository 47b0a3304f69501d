import type { Environment } from '../../../model/environment.ts';
import { approve, merge, type Pull, readPull, sayRefusal } from '../deeds.ts';
import type { Person } from '../person.ts';
import type { World } from '../world.ts';

/** The teams whose approvals an environment wants, each with its members. */
export function teamsWanted(world: World, environment: Environment): readonly (readonly Person[])[] {
  const { pair, people } = world;
  return Object.keys(environment.approve).map((team) =>
    (team === 'owner' ? pair.ownerTeams : [team]).flatMap((slug) => people.teams.get(slug) ?? []),
  );
}

/** Whose approvals an environment wants, the requester's excepted; one person for each that is wanted. */
export function approvers(world: World, environment: Environment, requester: Person): readonly Person[] {
  const counts = Object.values(environment.approve);
  const chosen = teamsWanted(world, environment).flatMap((team, index) =>
    team.filter((one) => one !== requester).slice(0, counts[index]),
  );
  return [...new Set(chosen)];
}

export async function expectApproval({ book }: World, pull: Pull, person: Person): Promise<void> {
  book.same(`${person.login} approves #${pull.number}`, 'it was done', sayRefusal(await approve(person, pull)));
}

/** Gives a pull request the approvals that it still wants, merges it unless it did so by itself, waits for what follows. */
export async function carry(
  world: World,
  pull: Pull,
  environment: Environment,
  persons: readonly Person[],
): Promise<void> {
  const { book, github, people } = world;
  let now = await readPull(people.reviewer, pull.repository, pull.number);
  for (const person of now.merged ? [] : persons) await expectApproval(world, pull, person);
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

import { GitStarter } from '../../git/git-starter.ts';
import type { AppOnStage, GitHubUnderTest, Grants } from './github-under-test.ts';
import type { Pair } from './pair.ts';
import { createPerson, type Person } from './person.ts';
import type { World } from './world.ts';

/** What the App that delivers may do, and the one that rolls back, which may pass rules by besides. */
const delivers: Grants = {
  actions: 'read',
  checks: 'read',
  contents: 'write',
  deployments: 'write',
  members: 'read',
  metadata: 'read',
  pull_requests: 'write',
  statuses: 'write',
};

export interface Cast {
  readonly people: World['people'];
  readonly delivery: AppOnStage;
  readonly propose: AppOnStage;
  /** Only where an environment is rolled back automatically. */
  readonly rollback: AppOnStage | undefined;
  /** What could not be done before the repositories were there. */
  joinRepositories(): Promise<void>;
}

/** Makes the people, teams and Apps that the configuration speaks of. */
export async function createCast(github: GitHubUnderTest, pair: Pair, folder: string): Promise<Cast> {
  const teams = teamMembers(pair);
  const roles = [...new Set(['owner', 'developer', 'reviewer', 'platform', ...teams.values()].flat())];
  const repositories = [pair.app.fullName, pair.infra.fullName];
  const automatic = pair.environments.some(({ rollback }) => rollback === 'automatic');
  const given = await github.cast({
    repositories,
    roles,
    teams,
    apps: {
      delivery: { repositories, permissions: delivers },
      ...(automatic ? { rollback: { repositories, permissions: delivers } } : {}),
      propose: { repositories: [pair.infra.fullName], permissions: { actions: 'write', metadata: 'read' } },
    },
  });
  const starter = new GitStarter();
  starter.open();
  const persons = new Map(
    [...given.people].map(([role, account]) => [role, createPerson(github, account, { folder, starter })]),
  );
  const person = (role: string): Person => found(persons.get(role), role);
  return {
    people: {
      owner: person('owner'),
      developer: person('developer'),
      reviewer: person('reviewer'),
      all: roles.map(person),
      teams: new Map([...teams].map(([slug, members]) => [slug, members.map(person)])),
    },
    delivery: found(given.apps.get('delivery'), 'the delivery App'),
    propose: found(given.apps.get('propose'), 'the propose App'),
    rollback: given.apps.get('rollback'),
    joinRepositories: () => given.joinRepositories(['developer', 'reviewer']),
  };
}

function found<Value>(value: Value | undefined, what: string): Value {
  if (value === undefined) throw new Error(`nobody plays ${what}`);
  return value;
}

/** Who is in which team: enough for every approval that is wanted, without the one who asks. */
function teamMembers(pair: Pair): ReadonlyMap<string, readonly string[]> {
  const wanted = new Map<string, number>();
  for (const { approve } of pair.environments) {
    for (const [team, count] of Object.entries(approve)) {
      for (const slug of team === 'owner' ? pair.ownerTeams : [team])
        wanted.set(slug, Math.max(count, wanted.get(slug) ?? 0));
    }
  }
  for (const slug of pair.ownerTeams) wanted.set(slug, wanted.get(slug) ?? 1);
  return new Map(
    [...wanted].map(([slug, count]) => {
      const own = pair.ownerTeams.includes(slug);
      const first = own ? ['developer', 'reviewer'] : ['platform'];
      const missing = Math.max(0, count - 1);
      return [slug, [...first, ...Array.from({ length: missing }, (_, index) => `${slug}-${index + 2}`)]];
    }),
  );
}

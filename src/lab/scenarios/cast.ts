import type { Lab } from '../lab.ts';
import type { Pair } from './pair.ts';
import { createPerson, type Person } from './person.ts';
import type { AppOnStage, World } from './world.ts';

const developer = 'alice';
const reviewer = 'bob';
const platform = 'carol';
const owner = 'olivia';

export interface Cast {
  readonly people: World['people'];
  readonly delivery: AppOnStage;
  readonly propose: AppOnStage;
  /** What could not be done before the repositories were there. */
  joinRepositories(): void;
}

/** Makes the people, teams and Apps that the configuration speaks of. */
export async function createCast(lab: Lab, pair: Pair, folder: string): Promise<Cast> {
  const { admin } = lab;
  const organizations = [...new Set([pair.app, pair.infra].map(({ fullName }) => fullName.split('/')[0] ?? ''))];
  const membership = teamMembers(pair);
  const logins = [...new Set([owner, developer, reviewer, platform, ...membership.values()].flat())];
  const members = logins.filter((login) => login !== owner);
  for (const login of logins) admin.createUser(login);
  const persons = new Map(
    logins.map((login) => {
      const scopes =
        login === owner ? ['repo', 'workflow', 'admin:org'] : ['repo', 'workflow', 'read:org', 'read:packages'];
      return [login, createPerson(lab, login, admin.createToken(login, { scopes }), folder)];
    }),
  );
  const person = (login: string): Person => {
    const found = persons.get(login);
    if (found === undefined) throw new Error(`nobody is called ${login}`);
    return found;
  };
  for (const organization of organizations) {
    admin.createOrganization(organization, { admins: [owner], members });
    for (const [slug, names] of membership) admin.createTeam(organization, slug, names);
  }
  const infraOwner = pair.infra.fullName.split('/')[0] ?? '';
  const makeApp = async (
    slug: string,
    permissions: Parameters<typeof admin.createApp>[0]['permissions'],
  ): Promise<AppOnStage> => {
    const { app, privateKey } = await admin.createApp({ slug, owner: infraOwner, permissions });
    return { id: app.id, slug, privateKey };
  };
  const [delivery, propose] = await Promise.all([
    makeApp('trunkline-delivery', {
      actions: 'read',
      checks: 'read',
      contents: 'write',
      deployments: 'write',
      members: 'read',
      metadata: 'read',
      pull_requests: 'write',
      statuses: 'write',
    }),
    makeApp('trunkline-propose', { actions: 'write', metadata: 'read' }),
  ]);
  return {
    people: {
      owner: person(owner),
      developer: person(developer),
      reviewer: person(reviewer),
      all: logins.map(person),
      teams: new Map([...membership].map(([slug, names]) => [slug, names.map(person)])),
    },
    delivery,
    propose,
    joinRepositories: () => {
      for (const { fullName } of [pair.app, pair.infra]) {
        const [organization = ''] = fullName.split('/');
        for (const slug of membership.keys()) admin.addTeamRepository(organization, slug, fullName, 'write');
        for (const login of [developer, reviewer]) admin.addCollaborator(fullName, login, 'write');
      }
      for (const organization of organizations) {
        const own = [pair.app, pair.infra]
          .map(({ fullName }) => fullName)
          .filter((name) => name.startsWith(`${organization}/`));
        admin.installApp(delivery.slug, organization, own);
        if (own.includes(pair.infra.fullName)) admin.installApp(propose.slug, organization, [pair.infra.fullName]);
      }
    },
  };
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
      const first = own ? [developer, reviewer] : [platform];
      const missing = Math.max(0, count - 1);
      return [slug, [...first, ...Array.from({ length: missing }, (_, index) => `${slug}-${index + 2}`)]];
    }),
  );
}

import type { Lab } from './lab.ts';
import type { AppOnStage, GitHubUnderTest, GivenCast, WantedCast } from './scenarios/github-under-test.ts';

/** What the four who are always there are called; anybody else goes by the name of the part. */
const logins: Readonly<Record<string, string>> = {
  owner: 'olivia',
  developer: 'alice',
  reviewer: 'bob',
  platform: 'carol',
};

/** A lab as scenarios see it. Whoever is wanted is made. */
export function labUnderTest(lab: Lab): GitHubUnderTest {
  return {
    urls: { html: lab.urls.html, api: lab.urls.api, direct: lab.urls.local },
    fetch: lab.fetch,
    env: lab.env,
    idle: lab.idle,
    notes: lab.notes,
    sharePackages: lab.sharePackages,
    makeAwsRole: lab.makeAwsRole,
    cast: (wanted) => makeCast(lab, wanted),
  };
}

async function makeCast({ admin }: Lab, wanted: WantedCast): Promise<GivenCast> {
  const organizations = [...new Set(wanted.repositories.map(ownerOf))];
  const login = (role: string): string => logins[role] ?? role;
  for (const role of wanted.roles) admin.createUser(login(role));
  const members = wanted.roles.filter((role) => role !== 'owner').map(login);
  for (const organization of organizations) {
    admin.createOrganization(organization, { admins: [login('owner')], members });
    for (const [slug, roles] of wanted.teams) admin.createTeam(organization, slug, roles.map(login));
  }
  const apps = await Promise.all(
    Object.entries(wanted.apps).map(async ([name, { permissions, repositories }]): Promise<[string, AppOnStage]> => {
      const slug = `trunkline-${name}`;
      // Its home is where the last of its repositories is: infra's organisation.
      const owner = ownerOf(repositories.at(-1) ?? '');
      const { app, privateKey } = await admin.createApp({ slug, owner, permissions });
      return [name, { id: app.id, slug, privateKey }];
    }),
  );
  const people = wanted.roles.map((role): [string, { login: string; token: string }] => {
    const scopes =
      role === 'owner' ? ['repo', 'workflow', 'admin:org'] : ['repo', 'workflow', 'read:org', 'read:packages'];
    return [role, { login: login(role), token: admin.createToken(login(role), { scopes }) }];
  });
  return {
    people: new Map(people),
    apps: new Map(apps),
    joinRepositories: async (writers) => {
      for (const repository of wanted.repositories) {
        for (const slug of wanted.teams.keys()) admin.addTeamRepository(ownerOf(repository), slug, repository, 'write');
        for (const role of writers) admin.addCollaborator(repository, login(role), 'write');
      }
      for (const [name, { repositories }] of Object.entries(wanted.apps)) {
        for (const organization of organizations) {
          const own = repositories.filter((repository) => ownerOf(repository) === organization);
          if (own.length > 0) admin.installApp(`trunkline-${name}`, organization, own);
        }
      }
    },
  };
}

function ownerOf(repository: string): string {
  return repository.split('/')[0] ?? '';
}

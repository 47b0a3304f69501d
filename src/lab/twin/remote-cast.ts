import { createAppAuth } from '@octokit/auth-app';
import { TrunklineError } from '../../errors.ts';
import { split } from '../scenarios/deeds.ts';
import type { Account, AppOnStage, GivenCast, WantedCast } from '../scenarios/github-under-test.ts';
import { type Api, createApi } from '../scenarios/person.ts';
import type { PeopleFile } from './people-file.ts';

export interface RemotePlace {
  readonly urls: { readonly html: string; readonly api: string };
  readonly fetch: typeof globalThis.fetch;
  readonly organisation: string;
  readonly people: PeopleFile;
  readonly owner: Api;
}

/**
 * Finds people and Apps of a GitHub that is not ours, and makes the teams that are missing. Looks first whether all is
 * there, and changes nothing where it is not.
 * @throws INPUT_INVALID
 */
export async function findCast(place: RemotePlace, wanted: WantedCast): Promise<GivenCast> {
  const { organisation, owner, people: file } = place;
  for (const repository of wanted.repositories) await expectFree(owner, organisation, repository);
  const missing = wanted.roles.filter((role) => !file.tokens.has(role));
  if (missing.length > 0) throw wrong(`a token for ${missing.join(', ')} among the people, found none`);
  const people = new Map<string, Account>();
  for (const role of wanted.roles) people.set(role, await findPerson(place, role, file.tokens.get(role) ?? ''));
  const apps = new Map<string, AppOnStage>();
  for (const name of Object.keys(wanted.apps)) apps.set(name, await findApp(place, name));
  for (const [slug, roles] of wanted.teams)
    await makeTeam(
      place,
      slug,
      roles.map((role) => loginOf(people, role)),
    );
  return {
    people,
    apps,
    joinRepositories: async (writers) => {
      for (const repository of wanted.repositories) {
        const where = split(repository);
        for (const slug of wanted.teams.keys()) {
          await owner.rest.teams.addOrUpdateRepoPermissionsInOrg({
            ...where,
            org: organisation,
            team_slug: slug,
            permission: 'push',
          });
        }
        for (const role of writers) {
          const username = loginOf(people, role);
          await owner.rest.repos.addCollaborator({ ...where, username, permission: 'push' });
        }
      }
    },
  };
}

async function expectFree(owner: Api, organisation: string, repository: string): Promise<void> {
  if (split(repository).owner.toLowerCase() !== organisation.toLowerCase())
    throw wrong(`the repositories to belong to ${organisation}, found ${repository}`);
  const status = await owner.rest.repos.get(split(repository)).then(
    () => 200,
    (error: { status?: number; message?: string }) => {
      if (error.status === 404) return 404;
      throw wrong(`an owner's token for ${organisation}, found: ${error.message}`);
    },
  );
  if (status === 200) throw wrong(`no repository ${repository}, found one; nothing was changed`);
}

async function findPerson(place: RemotePlace, role: string, token: string): Promise<Account> {
  const { data } = await createApi(place, token)
    .rest.users.getAuthenticated()
    .catch((error: Error) => {
      throw wrong(`a token of ${role}'s that ${place.urls.html} takes, found: ${error.message}`);
    });
  const membership = await place.owner.rest.orgs
    .getMembershipForUser({ org: place.organisation, username: data.login })
    .catch((error: Error) => {
      throw wrong(`${data.login} (${role}) to be a member of ${place.organisation}, found: ${error.message}`);
    });
  if (role === 'owner' && membership.data.role !== 'admin')
    throw wrong(`${data.login} (owner) to own ${place.organisation}, found a member`);
  return { login: data.login, token };
}

async function findApp(place: RemotePlace, name: string): Promise<AppOnStage> {
  const app = place.people.apps.get(name);
  if (app === undefined) throw wrong(`the App "${name}" among the people, found none`);
  const failed = (error: Error): never => {
    throw wrong(`the App "${name}" to be installed on ${place.organisation}, found: ${error.message}`);
  };
  const auth = createAppAuth({
    appId: app.id,
    privateKey: app.privateKey,
    request: place.owner.request.defaults({ headers: { authorization: '' } }),
  });
  const { token } = await auth({ type: 'app' });
  const api = createApi(place, token);
  const { data } = await api.rest.apps.getAuthenticated().catch(failed);
  const installation = await api.rest.apps.getOrgInstallation({ org: place.organisation }).catch(failed);
  if (installation.data.repository_selection !== 'all')
    throw wrong(`the App "${name}" to be installed on all repositories of ${place.organisation}, found some`);
  return { id: app.id, slug: data?.slug ?? name, privateKey: app.privateKey };
}

async function makeTeam(place: RemotePlace, slug: string, logins: readonly string[]): Promise<void> {
  const { owner, organisation: org } = place;
  await owner.rest.teams.getByName({ org, team_slug: slug }).catch(async (error: { status?: number }) => {
    if (error.status !== 404) throw error;
    await owner.rest.teams.create({ org, name: slug, privacy: 'closed' });
  });
  for (const username of logins)
    await owner.rest.teams.addOrUpdateMembershipForUserInOrg({ org, team_slug: slug, username, role: 'member' });
}

function loginOf(people: ReadonlyMap<string, Account>, role: string): string {
  return people.get(role)?.login ?? role;
}

function wrong(expected: string): TrunklineError {
  return new TrunklineError('INPUT_INVALID', `expected ${expected}`, {
    hint: 'docs/twin.md says what has to be there',
  });
}

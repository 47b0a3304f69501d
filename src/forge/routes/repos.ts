import type { Context } from 'hono';
import { optionalFlag, optionalText, readBody, requiredText, validationFailed } from '../body.ts';
import type { Happening } from '../events/happening.ts';
import { raiseEvent } from '../events.ts';
import type { Forge } from '../forge.ts';
import { commitFiles } from '../git/commit-files.ts';
import { deleteRepositoryFolder } from '../git/repository-folder.ts';
import { ApiError, type ForgeApp, type Identity } from '../http.ts';
import { requireCreator } from '../may-create.ts';
import { paginate } from '../pagination.ts';
import { canSee, requireAccount, roleAtLeast, roleOf } from '../permissions.ts';
import { presentAccount } from '../present/account.ts';
import { presentFullRepository, presentRepository } from '../present/repository.ts';
import { presentTeam } from '../present/team.ts';
import { createRepository, forkRepository } from '../repositories.ts';
import { deleteArtifact } from '../results/artifacts.ts';
import { deleteCache } from '../results/caches.ts';
import type { Account, Repository, Role } from '../rows.ts';
import { repositorySettings, updateRepository } from '../update-repository.ts';
import { words } from '../words.ts';
import { atRepository } from './at-repository.ts';

type ApiContext = Context<{ Variables: { identity: Identity } }>;

export function reposRoutes(app: ForgeApp, forge: Forge): void {
  const create = async (c: ApiContext, owner: Account): Promise<Response> => {
    requireCreator(forge, c.get('identity'), owner);
    const body = await readBody(c);
    refuseTemplates(body);
    const made = await createRepository(
      forge,
      owner,
      requiredText(body, 'name', 'Repository'),
      repositorySettings(body),
    );
    raise(forge, c, made, { name: 'repository', action: 'created' });
    if (optionalFlag(body, 'auto_init') === true) {
      const files = [{ path: 'README.md', content: Buffer.from(`# ${made.name}\n`) }];
      const { defaultBranch: branch } = made;
      await commitFiles(forge, {
        repository: made,
        identity: c.get('identity'),
        branch,
        files,
        message: 'Initial commit',
      });
    }
    return c.json(presentFullRepository(forge, made, c.get('identity')), 201);
  };
  app.post('/user/repos', (c) => create(c, requireAccount(c.get('identity'))));
  app.post('/orgs/:org/repos', (c) => {
    const organization = forge.store.accounts.by('login', c.req.param('org').toLowerCase())[0];
    requireAccount(c.get('identity'));
    if (organization?.type !== 'Organization') throw new ApiError(404, 'Not Found');
    return create(c, organization);
  });
  app.get('/user/repos', (c) => {
    const identity = c.get('identity');
    const { id } = requireAccount(identity);
    const mine = [...forge.store.repositories.values()]
      .filter((one) => canSee(forge, identity, one))
      .filter(
        (one) =>
          one.ownerId === id ||
          one.collaborators.some((person) => person.accountId === id) ||
          (one.private && roleOf(forge, one, id) !== undefined),
      );
    return c.json(paginate(c, mine).map((one) => presentRepository(forge, one, identity)));
  });
  app.get('/repos/:owner/:repo', (c) => {
    const { repository, identity } = atRepository(forge, c, 'metadata', 'read');
    return c.json(presentFullRepository(forge, repository, identity));
  });
  app.patch('/repos/:owner/:repo', async (c) => {
    const { repository, identity } = atRepository(forge, c, 'administration', 'write');
    const changed = await updateRepository(forge, identity, repository, await readBody(c));
    return c.json(presentFullRepository(forge, changed, identity));
  });
  app.delete('/repos/:owner/:repo', async (c) => {
    const { repository } = atRepository(forge, c, 'administration', 'write');
    forge.store.transaction(() => {
      raise(forge, c, repository, { name: 'repository', action: 'deleted' });
      forge.store.repositories.delete(repository.id);
      // Their keys are free for another repository.
      for (const { id } of forge.store.deployKeys.by('repository', repository.id)) forge.store.deployKeys.delete(id);
    });
    for (const row of forge.store.artifacts.by('repository', repository.id)) await deleteArtifact(forge, row);
    for (const row of forge.store.caches.by('repository', repository.id)) await deleteCache(forge, row);
    await deleteRepositoryFolder(forge, repository.id);
    return c.body(null, 204);
  });
  app.post('/repos/:owner/:repo/forks', async (c) => {
    const { repository, identity } = atRepository(forge, c, 'contents', 'read');
    const body = await readBody(c);
    const login = optionalText(body, 'organization');
    const owner =
      login === undefined ? requireAccount(identity) : forge.store.accounts.by('login', login.toLowerCase())[0];
    if (owner === undefined) throw new ApiError(404, 'Not Found');
    const fork = await forkRepository(forge, owner, repository, optionalText(body, 'name'));
    raise(forge, c, repository, { name: 'fork', fork });
    return c.json(presentFullRepository(forge, fork, identity), 202);
  });
  collaboratorRoutes(app, forge);
}

/** A licence or .gitignore that GitHub would write is not left out silently. */
function refuseTemplates(body: Readonly<Record<string, unknown>>): void {
  for (const field of ['license_template', 'gitignore_template']) {
    if ((optionalText(body, field) ?? '') === '') continue;
    throw validationFailed({
      resource: 'Repository',
      code: 'custom',
      field,
      message: `${field} is not served by the lab`,
    });
  }
}

function collaboratorRoutes(app: ForgeApp, forge: Forge): void {
  const person = (c: ApiContext): Account => {
    const account = forge.store.accounts.by('login', (c.req.param('username') ?? '').toLowerCase())[0];
    if (account === undefined) throw new ApiError(404, 'Not Found');
    return account;
  };
  /** People must be able to push to see who may; Apps read it with `metadata`. */
  const seen = (c: ApiContext, refusal: string): Repository => {
    const { repository, identity } = atRepository(forge, c, 'metadata', 'read');
    const role = identity.account === undefined ? undefined : roleOf(forge, repository, identity.account.id);
    if (identity.kind === 'anonymous') throw new ApiError(401, words.requiresAuthentication());
    if (identity.kind === 'user' && !roleAtLeast(role, 'write')) throw new ApiError(403, refusal);
    return repository;
  };
  app.get('/repos/:owner/:repo/collaborators/:username/permission', (c) => {
    const repository = seen(c, words.pushToViewPermission());
    const account = person(c);
    const role = roleOf(forge, repository, account.id);
    const permission = role === 'maintain' ? 'write' : role === 'triage' ? 'read' : (role ?? 'none');
    const permissions = permissionsOf(role);
    const user = { ...presentAccount(forge, account), permissions, role_name: role ?? 'none' };
    return c.json({ permission, role_name: role ?? 'none', user });
  });
  app.get('/repos/:owner/:repo/collaborators', (c) => {
    const repository = seen(c, words.pushToViewCollaborators());
    const people = [...forge.store.accounts.values()].flatMap((account) => {
      if (account.type !== 'User') return [];
      const direct =
        repository.collaborators.some((one) => one.accountId === account.id) || repository.ownerId === account.id;
      const role = roleOf(forge, repository, account.id);
      return role !== undefined && (direct || roleAtLeast(role, 'triage')) ? [{ account, role }] : [];
    });
    return c.json(
      paginate(c, people).map(({ account, role }) => ({
        ...presentAccount(forge, account),
        permissions: permissionsOf(role),
        role_name: role,
      })),
    );
  });
  app.get('/repos/:owner/:repo/collaborators/:username', (c) => {
    const { repository } = atRepository(forge, c, 'metadata', 'read');
    const role = roleOf(forge, repository, person(c).id);
    if (role === undefined) throw new ApiError(404, 'Not Found');
    return c.body(null, 204);
  });
  app.put('/repos/:owner/:repo/collaborators/:username', async (c) => {
    const { repository } = atRepository(forge, c, 'administration', 'write');
    const account = person(c);
    const asked = optionalText(await readBody(c), 'permission') ?? 'push';
    const role = roleNames[asked];
    if (role === undefined) throw new ApiError(422, 'Validation Failed');
    const others = repository.collaborators.filter((one) => one.accountId !== account.id);
    const collaborators = [...others, { accountId: account.id, role }];
    forge.store.transaction(() => {
      forge.store.repositories.put({ ...repository, collaborators });
      const action = others.length === repository.collaborators.length ? 'added' : 'edited';
      raise(forge, c, repository, { name: 'member', action, accountId: account.id });
    });
    return c.body(null, 204);
  });
  app.delete('/repos/:owner/:repo/collaborators/:username', (c) => {
    const { repository } = atRepository(forge, c, 'administration', 'write');
    const { id } = person(c);
    const collaborators = repository.collaborators.filter((one) => one.accountId !== id);
    forge.store.transaction(() => {
      forge.store.repositories.put({ ...repository, collaborators });
      raise(forge, c, repository, { name: 'member', action: 'removed', accountId: id });
    });
    return c.body(null, 204);
  });
  app.get('/repos/:owner/:repo/teams', (c) => {
    const { repository } = atRepository(forge, c, 'metadata', 'read');
    const teams = forge.store.teams
      .by('organization', repository.ownerId)
      .filter((team) => team.repositories.some((one) => one.repositoryId === repository.id));
    return c.json(paginate(c, teams).map((team) => presentTeam(forge, team)));
  });
}

function raise(forge: Forge, c: ApiContext, repository: Repository, what: Happening): void {
  forge.store.transaction(() => raiseEvent(forge, { ...what, repository, identity: c.get('identity') }));
}

/** What the API calls a role. */
export const roleNames: Readonly<Record<string, Role>> = {
  pull: 'read',
  triage: 'triage',
  push: 'write',
  maintain: 'maintain',
  admin: 'admin',
};

function permissionsOf(role: Role | undefined) {
  return {
    pull: role !== undefined,
    triage: roleAtLeast(role, 'triage'),
    push: roleAtLeast(role, 'write'),
    maintain: roleAtLeast(role, 'maintain'),
    admin: roleAtLeast(role, 'admin'),
  };
}

import type { Forge } from '../forge.ts';
import { ApiError, type ForgeApp } from '../http.ts';
import { paginate } from '../pagination.ts';
import { canSeeMembers, requireAccount } from '../permissions.ts';
import { presentAccount } from '../present/account.ts';
import { presentOrganizationSimple } from '../present/organization.ts';
import { presentUser } from '../present/user.ts';
import { words } from '../words.ts';
import { pathNumber } from './at-repository.ts';

export function usersRoutes(app: ForgeApp, forge: Forge): void {
  app.get('/user', (c) => {
    const identity = c.get('identity');
    const account = requireAccount(identity);
    if (identity.kind !== 'user') throw new ApiError(403, words.byIntegration());
    return c.json({
      ...presentUser(forge, account),
      private_gists: 0,
      total_private_repos: 0,
      owned_private_repos: 0,
      disk_usage: 0,
      collaborators: 0,
      two_factor_authentication: true,
    });
  });
  app.get('/users/:username', (c) => {
    const account = forge.store.accounts.by('login', c.req.param('username').toLowerCase())[0];
    if (account === undefined) throw new ApiError(404, 'Not Found');
    return c.json(presentUser(forge, account));
  });
  app.get('/user/:id{[0-9]+}', (c) => {
    const account = forge.store.accounts.get(pathNumber(c, 'id'));
    if (account === undefined) throw new ApiError(404, 'Not Found');
    return c.json(presentUser(forge, account));
  });
  app.get('/user/orgs', (c) => {
    const { id } = requireAccount(c.get('identity'));
    const mine = [...forge.store.accounts.values()].filter((one) =>
      one.members?.some((member) => member.accountId === id),
    );
    return c.json(paginate(c, mine).map((one) => presentOrganizationSimple(forge, one)));
  });
  app.get('/orgs/:org/members', (c) => {
    const organization = forge.store.accounts.by('login', c.req.param('org').toLowerCase())[0];
    if (organization?.members === undefined) throw new ApiError(404, 'Not Found');
    // Whoever is not in it sees those who made their membership public: nobody here.
    const shown = canSeeMembers(forge, c.get('identity'), organization.id) ? organization.members : [];
    const members = shown.map((member) => forge.store.accounts.get(member.accountId));
    return c.json(paginate(c, members).map((one) => presentAccount(forge, one)));
  });
}

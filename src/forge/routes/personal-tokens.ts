import type { Context } from 'hono';
import { optionalChoice, optionalNumbers, readBody } from '../body.ts';
import type { Forge } from '../forge.ts';
import { ApiError, type ForgeApp, type Identity } from '../http.ts';
import { paginate } from '../pagination.ts';
import { presentAccountById } from '../present/account.ts';
import { presentMinimalRepository } from '../present/repository.ts';
import type { Account, Token } from '../rows.ts';
import { words } from '../words.ts';
import { atOrganization } from './at-organization.ts';
import { pathNumber } from './at-repository.ts';

type RouteContext = Context<{ Variables: { identity: Identity } }>;

/** Fine-grained tokens that ask for an organisation's approval, and those that have it: for Apps alone, as on GitHub. */
export function personalTokensRoutes(app: ForgeApp, forge: Forge): void {
  const requests = '/orgs/:org/personal-access-token-requests';
  const grants = '/orgs/:org/personal-access-tokens';
  const waiting = (c: RouteContext) =>
    tokensOf(forge, atApp(forge, c, 'organization_personal_access_token_requests'), 'pending');
  const granted = (c: RouteContext) =>
    tokensOf(forge, atApp(forge, c, 'organization_personal_access_tokens'), 'approved');

  app.get(requests, (c) =>
    c.json(
      paginate(c, waiting(c)).map((one) => ({
        ...present(forge, c, one, requests),
        created_at: one.createdAt ?? '',
        reason: null,
      })),
    ),
  );
  app.post(requests, async (c) => {
    const all = waiting(c);
    const body = await readBody(c);
    const ids = optionalNumbers(body, 'pat_request_ids');
    const approval = readAction(body);
    for (const one of all) if (ids === undefined || ids.includes(one.id)) save(forge, one, approval);
    return c.json({}, 202);
  });
  app.post(`${requests}/:token`, async (c) => {
    save(forge, one(c, waiting(c)), readAction(await readBody(c)));
    return c.body(null, 204);
  });
  app.get(grants, (c) =>
    c.json(
      paginate(c, granted(c)).map((token) => ({
        ...present(forge, c, token, grants),
        access_granted_at: token.createdAt ?? '',
      })),
    ),
  );
  app.post(grants, async (c) => {
    const all = granted(c);
    const ids = optionalNumbers(await readBody(c), 'pat_ids') ?? [];
    for (const token of all) if (ids.includes(token.id)) save(forge, token, 'revoked');
    return c.json({}, 202);
  });
  app.post(`${grants}/:token`, (c) => {
    save(forge, one(c, granted(c)), 'revoked');
    return c.body(null, 204);
  });
  for (const [path, list] of [
    [requests, waiting],
    [grants, granted],
  ] as const)
    app.get(`${path}/:token/repositories`, (c) => {
      const { repositoryIds, resourceOwnerId } = one(c, list(c));
      const owned = forge.store.repositories.by('owner', resourceOwnerId ?? 0);
      const found = owned.filter((each) => repositoryIds === 'all' || repositoryIds.includes(each.id));
      return c.json(paginate(c, found).map((each) => presentMinimalRepository(forge, each)));
    });
}

function atApp(forge: Forge, c: RouteContext, permission: string): Account {
  if (c.get('identity').kind === 'user') throw new ApiError(403, words.byPersonalToken());
  return atOrganization(forge, c, permission);
}

function tokensOf(forge: Forge, organization: Account, approval: Token['approval']): readonly Token[] {
  return [...forge.store.tokens.values()].filter(
    (one) =>
      one.kind === 'fine-grained' &&
      one.resourceOwnerId === organization.id &&
      (one.approval ?? 'approved') === approval,
  );
}

function one(c: RouteContext, tokens: readonly Token[]): Token {
  const found = tokens.find((each) => each.id === pathNumber(c, 'token'));
  if (found === undefined) throw new ApiError(404, 'Not Found');
  return found;
}

function readAction(body: Readonly<Record<string, unknown>>): 'approved' | 'denied' {
  const action = optionalChoice(body, 'action', ['approve', 'deny']);
  if (action === undefined) throw new ApiError(422, 'Invalid request.\n\n"action" wasn\'t supplied.');
  return action === 'approve' ? 'approved' : 'denied';
}

function save(forge: Forge, token: Token, approval: Token['approval']): void {
  const changed = { ...token, ...(approval === undefined ? {} : { approval }) };
  forge.store.transaction(() => forge.store.tokens.put(changed));
}

function present(forge: Forge, c: RouteContext, token: Token, path: string) {
  const organization = c.req.param('org') ?? '';
  const permissions = Object.entries(token.permissions ?? {});
  const part = (own: boolean) =>
    Object.fromEntries(
      permissions.filter(([name]) => (name.startsWith('organization_') || name === 'members') === own),
    );
  const subset = token.repositoryIds !== 'all';
  return {
    id: token.id,
    owner: presentAccountById(forge, token.accountId),
    repository_selection: subset ? (token.repositoryIds.length === 0 ? 'none' : 'subset') : 'all',
    repositories_url: `${forge.urls.api}${path.replace(':org', organization)}/${token.id}/repositories`,
    permissions: { organization: part(true), repository: part(false) },
    token_id: token.id,
    token_name: token.name ?? `token-${token.id}`,
    token_expired: token.expiresAt !== null && Date.parse(token.expiresAt) <= forge.clock.now(),
    token_expires_at: token.expiresAt,
    token_last_used_at: null,
  };
}

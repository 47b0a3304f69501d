import { generateKeyPair } from 'node:crypto';
import { promisify } from 'node:util';
import { TrunklineError } from '../errors.ts';
import { raiseInstallationEvent } from './events/organization-event.ts';
import type { Forge } from './forge.ts';
import type { Account, App, Installation, Repository, Role, Team, Token } from './rows.ts';
import { timestamp } from './timestamp.ts';
import { mintToken } from './tokens.ts';

type Grants = Readonly<Record<string, 'read' | 'write' | 'admin'>>;

/** What GitHub offers no API for, or only its site: people, organisations, Apps and their tokens. */
export interface Admin {
  createUser(
    login: string,
    options?: { readonly name?: string; readonly email?: string; readonly siteAdmin?: boolean },
  ): Account;
  /** `admins` own it; everybody else listed is a member, who may read its repositories. */
  createOrganization(
    login: string,
    options?: {
      readonly members?: readonly string[];
      readonly admins?: readonly string[];
      /** Fine-grained tokens for it wait until an App approves them. */
      readonly approvesTokens?: boolean;
    },
  ): Account;
  /** `maintainers` are members too; `parent` is another team's slug. */
  createTeam(
    organization: string,
    slug: string,
    members: readonly string[],
    options?: { readonly maintainers?: readonly string[]; readonly parent?: string },
  ): Team;
  addTeamRepository(organization: string, slug: string, repository: string, role: Role): void;
  /** `repository` is `owner/name`. */
  addCollaborator(repository: string, login: string, role: Role): void;
  /** The private key (PEM, PKCS #1 as GitHub hands it out) is answered once and kept nowhere. */
  createApp(input: {
    readonly slug: string;
    readonly name?: string;
    readonly owner: string;
    readonly permissions: Grants;
    /** What its hook is told of. */
    readonly events?: readonly string[];
    readonly hook?: { readonly url: string; readonly secret?: string };
  }): Promise<{ readonly app: App; readonly privateKey: string }>;
  installApp(app: string, account: string, repositories: readonly string[] | 'all'): Installation;
  createToken(
    login: string,
    options?: {
      readonly kind?: 'classic' | 'fine-grained';
      /** Classic tokens; `repo`, `read:org` and `workflow` unless given. */
      readonly scopes?: readonly string[];
      /** Fine-grained tokens. */
      readonly permissions?: Grants;
      readonly repositories?: readonly string[] | 'all';
      /** ISO 8601; never unless given. */
      readonly expiresAt?: string;
      /** Fine-grained tokens: their name, and whose repositories they are for. An organisation may have to approve it. */
      readonly name?: string;
      readonly owner?: string;
    },
  ): string;
}

const makeKeys = () =>
  promisify(generateKeyPair)('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });

/**
 * @param expectedApps so many Apps' keys are begun at once, which take longer to make than all else of an App
 * @throws NOT_FOUND, INPUT_INVALID from every call that names what is not there, or what is there already.
 */
export function createAdmin(forge: Forge, expectedApps = 0): Admin {
  const { store } = forge;
  const keys = Array.from({ length: expectedApps }, makeKeys);
  for (const made of keys) made.catch(() => undefined);
  const account = (login: string): Account =>
    found(store.accounts.by('login', login.toLowerCase())[0], `an account called "${login}"`);
  const repository = (name: string): Repository =>
    found(store.repositories.by('fullName', name.toLowerCase())[0], `a repository called "${name}"`);
  const team = (organization: string, slug: string): Team =>
    found(
      store.teams.by('organization', account(organization).id).find((one) => one.slug === slug),
      `a team called "${slug}" in ${organization}`,
    );
  const idsOf = (names: readonly string[] | 'all'): readonly number[] | 'all' =>
    names === 'all' ? 'all' : names.map((name) => repository(name).id);

  return {
    createUser: (login, options = {}) =>
      addAccount(forge, login, 'User', {
        name: options.name ?? null,
        email: options.email ?? null,
        siteAdmin: options.siteAdmin ?? false,
      }),
    createOrganization: (login, options = {}) => {
      const admins = (options.admins ?? []).map((name) => ({ accountId: account(name).id, role: 'admin' as const }));
      const members = (options.members ?? []).map((name) => ({ accountId: account(name).id, role: 'member' as const }));
      const approvesTokens = options.approvesTokens === undefined ? {} : { approvesTokens: options.approvesTokens };
      return addAccount(forge, login, 'Organization', { members: [...admins, ...members], ...approvesTokens });
    },
    createTeam: (organization, slug, members, options = {}) =>
      store.transaction(() => {
        const owner = account(organization);
        const maintainerIds = (options.maintainers ?? []).map((login) => account(login).id);
        const memberIds = [...new Set([...members.map((login) => account(login).id), ...maintainerIds])];
        const made: Team = {
          id: store.next('teams'),
          organizationId: owner.id,
          slug,
          name: slug,
          memberIds,
          ...(maintainerIds.length === 0 ? {} : { maintainerIds }),
          ...(options.parent === undefined ? {} : { parentId: team(organization, options.parent).id }),
          repositories: [],
        };
        store.teams.put(made);
        return made;
      }),
    addTeamRepository: (organization, slug, name, role) =>
      store.transaction(() => {
        const held = team(organization, slug);
        const { id } = repository(name);
        const others = held.repositories.filter((one) => one.repositoryId !== id);
        store.teams.put({ ...held, repositories: [...others, { repositoryId: id, role }] });
      }),
    addCollaborator: (name, login, role) =>
      store.transaction(() => {
        const held = repository(name);
        const { id } = account(login);
        const others = held.collaborators.filter((one) => one.accountId !== id);
        store.repositories.put({ ...held, collaborators: [...others, { accountId: id, role }] });
      }),
    createApp: async (input) => {
      const { publicKey, privateKey } = await (keys.pop() ?? makeKeys());
      const permissions: Grants = { metadata: 'read', ...input.permissions };
      const owner = account(input.owner);
      const name = input.name ?? input.slug;
      const { slug, events = [], hook } = input;
      const app = addApp(forge, { slug, name, ownerId: owner.id, publicKey, permissions, events });
      addAppHook(forge, app, hook);
      return { app, privateKey };
    },
    installApp: (slug, login, repositories) =>
      store.transaction(() => {
        const app = found(store.apps.by('slug', slug)[0], `an App called "${slug}"`);
        const made: Installation = {
          id: store.next('installations'),
          appId: app.id,
          accountId: account(login).id,
          repositoryIds: idsOf(repositories),
          permissions: app.permissions,
          createdAt: timestamp(forge),
        };
        store.installations.put(made);
        raiseInstallationEvent(forge, { kind: 'system', account: account(login) }, made, 'created');
        return made;
      }),
    createToken: (login, options = {}) => {
      const kind: Token['kind'] = options.kind ?? (options.permissions === undefined ? 'classic' : 'fine-grained');
      const rights =
        kind === 'classic'
          ? { scopes: options.scopes ?? ['repo', 'read:org', 'workflow'] }
          : { permissions: { metadata: 'read' as const, ...options.permissions } };
      return mintToken(forge, {
        kind,
        accountId: account(login).id,
        repositoryIds: idsOf(options.repositories ?? 'all'),
        ...rights,
        expiresAt: options.expiresAt ?? null,
        createdAt: timestamp(forge),
        ...(options.name === undefined ? {} : { name: options.name }),
        ...(options.owner === undefined ? {} : resourceOwner(account(options.owner), account(login))),
      }).text;
    },
  };
}

/** Puts an App with its bot into the store; `id` and `botId` are given only for GitHub's own. */
export function addApp(
  forge: Forge,
  input: Pick<App, 'slug' | 'name' | 'ownerId' | 'publicKey' | 'permissions' | 'events'> & {
    readonly id?: number;
    readonly botId?: number;
  },
): App {
  const { store } = forge;
  return store.transaction(() => {
    if (store.apps.by('slug', input.slug).length > 0) throw taken(`App "${input.slug}"`);
    const id = input.id ?? 1_000_000 + store.next('apps');
    const bot = addAccount(forge, `${input.slug}[bot]`, 'Bot', {
      appId: id,
      ...(input.botId === undefined ? {} : { id: input.botId }),
    });
    const { slug, name, ownerId, publicKey, permissions, events = [] } = input;
    const own = { slug, name, ownerId, publicKey, permissions, events };
    const made: App = { id, ...own, botId: bot.id, createdAt: timestamp(forge) };
    store.apps.put(made);
    return made;
  });
}

/** Every App has a hook, which may name no place yet. */
function addAppHook(
  forge: Forge,
  app: App,
  hook: { readonly url: string; readonly secret?: string } | undefined,
): void {
  const { store } = forge;
  const at = timestamp(forge);
  store.transaction(() =>
    store.hooks.put({
      id: store.next('hooks'),
      scope: 'app',
      scopeId: app.id,
      url: hook?.url ?? '',
      contentType: 'json',
      secret: hook?.secret ?? null,
      insecureSsl: false,
      events: app.events ?? [],
      active: true,
      createdAt: at,
      updatedAt: at,
    }),
  );
}

/** Puts an account into the store. @throws INPUT_INVALID when the login is taken or is none. */
export function addAccount(forge: Forge, login: string, type: Account['type'], extra: Partial<Account> = {}): Account {
  const { store } = forge;
  return store.transaction(() => {
    if (!/^[A-Za-z0-9](?:-?[A-Za-z0-9]){0,38}(?:\[bot\])?$/.test(login)) {
      throw new TrunklineError(
        'INPUT_INVALID',
        `expected a login of letters, digits and single hyphens, found "${login}"`,
      );
    }
    if (store.accounts.by('login', login.toLowerCase()).length > 0) throw taken(`account "${login}"`);
    const made: Account = {
      id: extra.id ?? 1000 + store.next('accounts'),
      login,
      type,
      name: null,
      email: null,
      siteAdmin: false,
      createdAt: timestamp(forge),
      ...extra,
    };
    store.accounts.put(made);
    return made;
  });
}

/** An organisation's owners need nobody's approval. */
function resourceOwner(owner: Account, person: Account): Pick<Token, 'resourceOwnerId' | 'approval'> {
  const owns = owner.members?.some((one) => one.accountId === person.id && one.role === 'admin') === true;
  const waits = owner.type === 'Organization' && owner.approvesTokens === true && !owns;
  return { resourceOwnerId: owner.id, ...(waits ? { approval: 'pending' as const } : {}) };
}

function found<Row>(row: Row | undefined, what: string): Row {
  if (row === undefined) throw new TrunklineError('NOT_FOUND', `expected ${what}, found none`);
  return row;
}

function taken(what: string): TrunklineError {
  return new TrunklineError('INPUT_INVALID', `expected a free name, found that ${what} exists already`);
}

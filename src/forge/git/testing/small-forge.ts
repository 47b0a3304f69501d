import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getRequestListener } from '@hono/node-server';
import { Hono } from 'hono';
import { gitEnv, runGit } from '../../../git/git.ts';
import { type Admin, createAdmin } from '../../admin.ts';
import { authenticate } from '../../authenticate.ts';
import type { Forge } from '../../forge.ts';
import { ApiError, type ForgeApp, type Identity } from '../../http.ts';
import { createRepository } from '../../repositories.ts';
import type { Repository, Ruleset } from '../../rows.ts';
import { openStore } from '../../store.ts';
import { watchAnswers } from '../../testing/watch-answers.ts';
import { gitRoutes } from '../git-routes.ts';

/** A forge with acme/app, users alice (admin), bob (write) and eve (nobody), over HTTP on loopback. */
export interface SmallForge {
  readonly forge: Forge;
  readonly admin: Admin;
  readonly folder: string;
  readonly repository: () => Repository;
  readonly tokens: Readonly<Record<'alice' | 'bob' | 'eve', string>>;
  readonly identity: (login: string) => Identity;
  readonly url: string;
  /** The clone URL with a credential in it. */
  readonly remote: (login?: 'alice' | 'bob' | 'eve') => string;
  readonly addRuleset: (change: Partial<Ruleset>) => Ruleset;
  readonly api: (method: string, path: string, body?: unknown, login?: 'alice' | 'bob' | 'eve') => Promise<ApiAnswer>;
  close(): Promise<void>;
}

export interface ApiAnswer {
  readonly status: number;
  // Tests read answers as they come.
  readonly body: Readonly<Record<string, never>>;
}

export async function openSmallForge(
  mount: readonly ((app: ForgeApp, forge: Forge) => void)[] = [],
): Promise<SmallForge> {
  const folder = mkdtempSync(join(tmpdir(), 'forge-'));
  mkdirSync(join(folder, 'git'));
  const clock = { now: () => Date.now(), sleep: async () => {} };
  const store = await openStore(folder, clock);
  const urls = { html: 'https://github.com', api: 'https://api.github.com' };
  const forge: Forge = { store, clock, random: (bytes) => randomBytes(bytes), folder, urls };
  const admin = createAdmin(forge);
  const users = ['alice', 'bob', 'eve'] as const;
  for (const login of users) admin.createUser(login);
  const organization = admin.createOrganization('acme', { admins: ['alice'], members: [] });
  const repository = await createRepository(forge, organization, 'app', { private: true, allowAutoMerge: true });
  admin.addCollaborator('acme/app', 'bob', 'write');
  const token = (login: string): string => admin.createToken(login, { scopes: ['repo', 'workflow', 'admin:org'] });
  const tokens = { alice: token('alice'), bob: token('bob'), eve: token('eve') };
  const app = createApp(forge, mount);
  const unlike: string[] = [];
  watchAnswers(app, unlike);
  const server = createServer(getRequestListener((request) => app.fetch(request), { overrideGlobalObjects: false }));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    forge,
    admin,
    folder,
    repository: () => store.repositories.get(repository.id) ?? repository,
    tokens,
    identity: (login) => {
      const known = tokens[login as keyof typeof tokens];
      return authenticate(forge, `token ${known}`);
    },
    url,
    remote: (login) => `${login === undefined ? url : url.replace('//', `//x:${tokens[login]}@`)}/acme/app.git`,
    addRuleset: (change) => addRuleset(forge, repository.id, change),
    api: async (method, path, body, login = 'alice') => {
      const response = await fetch(`${url}${path}`, {
        method,
        headers: { authorization: `token ${tokens[login]}` },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      return { status: response.status, body: text === '' ? {} : JSON.parse(text) };
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await store.close();
      rmSync(folder, { recursive: true, force: true });
      if (unlike.length > 0) throw new Error(`GitHub would have answered otherwise:\n${unlike.join('\n')}`);
    },
  };
}

function createApp(forge: Forge, mount: readonly ((app: ForgeApp, forge: Forge) => void)[]): ForgeApp {
  const app: ForgeApp = new Hono();
  app.use(async (c, next) => {
    c.set('identity', authenticate(forge, c.req.header('authorization')));
    await next();
  });
  app.onError((error, c) => {
    if (error instanceof ApiError) {
      const errors = error.errors === undefined ? {} : { errors: error.errors };
      const { message, status } = error;
      return c.json(
        { message, ...errors, documentation_url: 'https://docs.github.com/rest', status: `${status}` },
        status,
      );
    }
    return c.json({ message: error.stack ?? error.message }, 500);
  });
  gitRoutes(app, forge);
  for (const one of mount) one(app, forge);
  return app;
}

function addRuleset(forge: Forge, repositoryId: number, change: Partial<Ruleset>): Ruleset {
  const row: Ruleset = {
    id: forge.store.next('rulesets'),
    name: 'main',
    sourceType: 'Repository',
    sourceId: repositoryId,
    target: 'branch',
    enforcement: 'active',
    conditions: { ref_name: { include: ['~DEFAULT_BRANCH'], exclude: [] } },
    rules: [],
    bypassActors: [],
    createdAt: '2026-01-01T00:00:00Z',
    updatedAt: '2026-01-01T00:00:00Z',
    ...change,
  };
  forge.store.transaction(() => forge.store.rulesets.put(row));
  return row;
}

/** The real git, as a developer runs it; answers its exit code and all it printed. */
export async function client(cwd: string, ...args: readonly string[]): Promise<{ code: number; text: string }> {
  const who = { GIT_AUTHOR_NAME: 'Dev', GIT_AUTHOR_EMAIL: 'dev@acme.test' };
  const committer = { GIT_COMMITTER_NAME: 'Dev', GIT_COMMITTER_EMAIL: 'dev@acme.test' };
  const env = { ...gitEnv({ isolated: true }), ...who, ...committer };
  const accept = [1, 128, 129];
  const { code, stdout, stderr } = await runGit(args, { cwd, env, isolated: true, accept });
  return { code, text: `${stdout.toString()}${stderr}`.trim() };
}

import { createSign } from 'node:crypto';
import { expect } from 'vitest';
import { readRef } from '../git/refs.ts';
import { repositoryFolder } from '../git/repository-folder.ts';
import type { ForgeOptions } from '../open-forge.ts';
import type { Repository } from '../rows.ts';
import { expectValid } from './expect-valid.ts';
import { openTestForge, type TestForge } from './open-test-forge.ts';

type Person = 'alice' | 'bob' | 'carol';

/** acme with a private repository `app` whose main has one commit; alice and bob may write, carol owns it. */
export interface Acme extends TestForge {
  /** Asks as a person or with a token, holds the answer to GitHub's schema, and expects the status. */
  ask(
    who: string | undefined,
    method: string,
    path: string,
    body?: unknown,
    status?: number,
  ): Promise<ReturnType<typeof JSON.parse>>;
  /** Commits a file through the API, on a branch that is made from main where it is not there. */
  commit(who: string, branch: string, path: string, text: string, repository?: string): Promise<string>;
  /** Opens a pull request of a branch with one new file; answers its number and head. */
  pull(who: string, branch: string): Promise<{ number: number; head: string; id: string }>;
  repository(name?: string): Repository;
  tip(branch: string, name?: string): string | undefined;
  accountId(login: string): number;
  /** An App, installed on all of acme, with its JWT and a token of the installation. */
  makeApp(slug: string, permissions: Readonly<Record<string, 'read' | 'write' | 'admin'>>): Promise<TestApp>;
  ruleset(rules: readonly object[], more?: object, repository?: string): Promise<number>;
}

export interface TestApp {
  readonly id: number;
  readonly jwt: string;
  readonly installation: number;
  readonly token: string;
  readonly privateKey: string;
}

export async function openAcme(options: Partial<ForgeOptions> = {}): Promise<Acme> {
  const forge = await openTestForge(options);
  const { store } = forge.forge;
  const tokenOf = (who: string | undefined): string | undefined =>
    who !== undefined && who in forge.tokens ? forge.tokens[who as Person] : who;
  const ask: Acme['ask'] = async (who, method, path, body, status) => {
    const response = await forge.call(tokenOf(who), method, path, body);
    const text = await response.clone().text();
    const told = { path, status: response.status, text, log: response.status >= 500 ? forge.faults : [] };
    if (status !== undefined) expect(told).toMatchObject({ status });
    await expectValid(method, path, response);
    return text === '' ? {} : JSON.parse(text);
  };
  const repository = (name = 'app'): Repository => {
    const found = store.repositories.by('fullName', name.includes('/') ? name : `acme/${name}`)[0];
    if (found === undefined) throw new Error(`no repository ${name}`);
    return found;
  };
  const tip = (branch: string, name?: string): string | undefined =>
    readRef(repositoryFolder(forge.forge, repository(name).id), `refs/heads/${branch}`);
  const commit: Acme['commit'] = async (who, branch, path, text, name = 'acme/app') => {
    if (tip(branch, name) === undefined && tip('main', name) !== undefined)
      await ask(who, 'POST', `/repos/${name}/git/refs`, { ref: `refs/heads/${branch}`, sha: tip('main', name) }, 201);
    const content = Buffer.from(text).toString('base64');
    const made = await ask(
      who,
      'PUT',
      `/repos/${name}/contents/${path}`,
      { message: `Write ${path}`, content, branch },
      201,
    );
    return made.commit.sha;
  };
  await ask('carol', 'POST', '/orgs/acme/repos', { name: 'app', private: true }, 201);
  for (const login of ['alice', 'bob']) forge.admin.addCollaborator('acme/app', login, 'write');
  await ask('carol', 'PATCH', '/repos/acme/app', { allow_auto_merge: true }, 200);
  await commit('carol', 'main', 'README.md', 'app\n');
  return {
    ...forge,
    ask,
    commit,
    repository,
    tip,
    accountId: (login) => store.accounts.by('login', login)[0]?.id ?? 0,
    pull: async (who, branch) => {
      const head = await commit(who, branch, `${branch}.txt`, `${branch}\n`);
      const made = await ask(who, 'POST', '/repos/acme/app/pulls', { title: branch, head: branch, base: 'main' }, 201);
      return { number: made.number, head, id: made.node_id };
    },
    makeApp: async (slug, permissions) => {
      const { app, privateKey } = await forge.admin.createApp({ slug, owner: 'acme', permissions });
      const { id } = forge.admin.installApp(slug, 'acme', 'all');
      const now = Math.floor(Date.now() / 1000);
      const jwt = signJwt(privateKey, { iat: now - 10, exp: now + 300, iss: app.id });
      const made = await ask(jwt, 'POST', `/app/installations/${id}/access_tokens`, {}, 201);
      return { id: app.id, jwt, installation: id, token: made.token, privateKey };
    },
    ruleset: async (rules, more = {}, name = 'acme/app') => {
      const conditions = { ref_name: { include: ['~DEFAULT_BRANCH'], exclude: [] } };
      const body = { name: `rules ${store.rulesets.size}`, target: 'branch', enforcement: 'active', conditions, rules };
      return (await ask('carol', 'POST', `/repos/${name}/rulesets`, { ...body, ...more }, 201)).id;
    },
  };
}

/** A JSON web token; `alg` other than RS256 is written down but not meant. */
export function signJwt(privateKey: string, claims: object, alg = 'RS256'): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const text = `${part({ alg, typ: 'JWT' })}.${part(claims)}`;
  return `${text}.${createSign('RSA-SHA256').update(text).sign(privateKey, 'base64url')}`;
}

export const pullRequestRule = (change: object = {}) => ({
  type: 'pull_request' as const,
  parameters: {
    required_approving_review_count: 1,
    dismiss_stale_reviews_on_push: false,
    require_code_owner_review: false,
    require_last_push_approval: false,
    required_review_thread_resolution: false,
    ...change,
  },
});

export const checksRule = (context: string, integrationId?: number) => ({
  type: 'required_status_checks',
  parameters: {
    strict_required_status_checks_policy: false,
    required_status_checks: [{ context, ...(integrationId === undefined ? {} : { integration_id: integrationId }) }],
  },
});

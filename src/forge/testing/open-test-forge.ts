import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../../ports.ts';
import { type ForgeOptions, openForge, type RunningForge } from '../open-forge.ts';
import { watchAnswers } from './watch-answers.ts';

export interface TestForge extends RunningForge {
  readonly faults: string[];
  /** Tokens of alice (developer), bob (reviewer) and carol (who owns acme). */
  readonly tokens: { readonly alice: string; readonly bob: string; readonly carol: string };
  /** Asks the API; `body` is sent as JSON. */
  call(token: string | undefined, method: string, path: string, body?: unknown): Promise<Response>;
  graphql(
    token: string,
    query: string,
    variables?: unknown,
  ): Promise<{ data?: Record<string, unknown>; errors?: { type?: string; message: string }[] }>;
  /** Closes and removes everything. @throws where any answer since the start did not fit GitHub's description */
  remove(): Promise<void>;
}

/** A forge in a temporary folder with acme and its people. */
export async function openTestForge(options: Partial<ForgeOptions> = {}): Promise<TestForge> {
  const folder = await mkdtemp(join(tmpdir(), 'forge-'));
  const faults: string[] = [];
  const clock: Clock = { now: () => Date.now(), sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)) };
  const urls = { html: 'https://github.com', api: 'https://api.github.com' };
  const random = (bytes: number): Uint8Array => randomBytes(bytes);
  const running = await openForge({
    folder,
    clock,
    random,
    urls,
    log: (text) => faults.push(text),
    hooks: { fetch: globalThis.fetch, allowedHosts: [] },
    ...options,
  });
  const unlike: string[] = [];
  watchAnswers(running.app, unlike);
  const { admin } = running;
  for (const login of ['alice', 'bob', 'carol']) admin.createUser(login);
  admin.createOrganization('acme', { admins: ['carol'], members: ['alice', 'bob'] });
  const tokens = {
    alice: admin.createToken('alice'),
    bob: admin.createToken('bob'),
    carol: admin.createToken('carol'),
  };
  const call = async (token: string | undefined, method: string, path: string, body?: unknown): Promise<Response> =>
    running.app.request(`https://api.github.com${path}`, {
      method,
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  return {
    ...running,
    faults,
    tokens,
    call,
    graphql: async (token, query, variables) => {
      const response = await call(token, 'POST', '/graphql', { query, variables });
      return JSON.parse(await response.text());
    },
    remove: async () => {
      await running.close();
      await rm(folder, { recursive: true, force: true });
      if (unlike.length > 0) throw new Error(`GitHub would have answered otherwise:\n${unlike.join('\n')}`);
    },
  };
}

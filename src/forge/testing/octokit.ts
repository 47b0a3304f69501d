import { Octokit } from '@octokit/core';
import type { Acme } from './acme.ts';
import { expectValid } from './expect-valid.ts';

type Params = Readonly<Record<string, unknown>>;

/** Asks a route as Octokit does, as carol unless a token says otherwise, and answers the body. */
export type Ask = (route: string, params?: Params, token?: string) => Promise<ReturnType<typeof JSON.parse>>;

/**
 * Every answer is held to GitHub's description; one that is not 2xx fails with its message. Routes of `acme/app` need
 * no owner, repository or organisation.
 */
export function octokitAsker(acme: Acme, answered = new Set<string>()): Ask {
  return async (route, params = {}, token = acme.tokens.carol) => {
    const client = new Octokit({
      auth: token,
      request: {
        fetch: async (url: string, init: RequestInit) => {
          const response = await acme.app.request(url, init);
          const { pathname } = new URL(url);
          await expectValid(init.method ?? 'GET', pathname, response);
          return response;
        },
      },
      log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
    });
    const here = route.includes('{owner}') ? { owner: 'acme', repo: 'app' } : {};
    const org = route.includes('{org}') ? { org: 'acme' } : {};
    const { data } = await client.request(route, { ...here, ...org, request: { redirect: 'manual' }, ...params });
    answered.add(route.replace(/\{\?[^}]+\}/g, '').replace(/\{[^}]+\}/g, '*'));
    return data;
  };
}

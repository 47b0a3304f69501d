import { join } from 'node:path';
import { Octokit } from '@octokit/core';
import { restEndpointMethods } from '@octokit/plugin-rest-endpoint-methods';
import { Clone } from './clone.ts';
import type { GitHubUnderTest } from './github-under-test.ts';

const PersonOctokit = Octokit.plugin(restEndpointMethods);
export type Api = InstanceType<typeof PersonOctokit>;

/** Somebody with an account: what they do goes through GitHub's API and git, with their own token. */
export interface Person {
  readonly login: string;
  readonly token: string;
  readonly api: Api;
  /** Their working copy, fetched anew each time; made when they have none. `repository` is `owner/name`. */
  clone(repository: string): Promise<Clone>;
}

export function createApi(github: Pick<GitHubUnderTest, 'urls' | 'fetch'>, token: string): Api {
  return new PersonOctokit({
    auth: token,
    baseUrl: github.urls.api,
    userAgent: 'trunkline-rehearsal',
    request: { fetch: github.fetch },
    log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
  });
}

export function createPerson(github: GitHubUnderTest, login: string, token: string, folder: string): Person {
  const api = createApi(github, token);
  const clones = new Map<string, Promise<Clone>>();
  return {
    login,
    token,
    api,
    clone: async (repository) => {
      const known = clones.get(repository);
      if (known !== undefined) {
        const clone = await known;
        await clone.fetch();
        return clone;
      }
      const made = Clone.make({
        url: `${github.urls.html}/${repository}.git`,
        folder: join(folder, login, repository.replace('/', '-')),
        env: { ...github.env(), ...gitCredentials(github.urls.html, token), ...identity(login) },
      });
      clones.set(repository, made);
      return made;
    },
  };
}

/** As actions/checkout gives git its token: in a header of the configuration, never in an argument. */
export function gitCredentials(host: string, token: string): Record<string, string> {
  const basic = Buffer.from(`x-access-token:${token}`).toString('base64');
  return {
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: `http.${host}/.extraheader`,
    GIT_CONFIG_VALUE_0: `AUTHORIZATION: basic ${basic}`,
  };
}

function identity(login: string): Record<string, string> {
  const email = `${login}@users.noreply.github.com`;
  return {
    GIT_AUTHOR_NAME: login,
    GIT_AUTHOR_EMAIL: email,
    GIT_COMMITTER_NAME: login,
    GIT_COMMITTER_EMAIL: email,
  };
}

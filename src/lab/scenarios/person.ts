import { join } from 'node:path';
import { Octokit } from '@octokit/core';
import { restEndpointMethods } from '@octokit/plugin-rest-endpoint-methods';
import type { GitStarter } from '../../git/git-starter.ts';
import { Clone } from './clone.ts';
import type { Account, GitHubUnderTest } from './github-under-test.ts';

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

/** @param place where their working copies go, and who starts git for them */
export function createPerson(
  github: GitHubUnderTest,
  { login, token }: Account,
  { folder, starter }: { readonly folder: string; readonly starter: GitStarter },
): Person {
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
        env: { ...gitEnvironment(github, token), ...identity(login) },
        starter,
      });
      clones.set(repository, made);
      return made;
    },
  };
}

/** As actions/checkout gives git its token: in a header of the configuration, never in an argument. */
export function gitEnvironment(github: Pick<GitHubUnderTest, 'urls' | 'env'>, token: string): Record<string, string> {
  const { html, direct } = github.urls;
  const header = `AUTHORIZATION: basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`;
  const config = [
    [`http.${html}/.extraheader`, header],
    // A working copy goes with its rehearsal: it need neither outlive a power cut nor be kept tidy.
    ['core.fsync', 'none'],
    ['maintenance.auto', 'false'],
    ['fetch.unpackLimit', '1'],
    ...(direct === undefined
      ? []
      : [
          [`http.${direct}/.extraheader`, header],
          [`url.${direct}/.insteadOf`, `${html}/`],
        ]),
  ];
  return {
    ...github.env(),
    GIT_CONFIG_COUNT: String(config.length),
    ...Object.fromEntries(
      config.flatMap(([name, value], index) => [
        [`GIT_CONFIG_KEY_${index}`, name],
        [`GIT_CONFIG_VALUE_${index}`, value],
      ]),
    ),
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

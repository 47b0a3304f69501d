import type { Ports } from '../../ports.ts';
import type { GitHubUnderTest } from '../scenarios/github-under-test.ts';
import { createApi } from '../scenarios/person.ts';
import { patientFetch } from './patient-fetch.ts';
import type { PeopleFile } from './people-file.ts';
import { findCast } from './remote-cast.ts';
import { waitUntilQuiet } from './wait-until-quiet.ts';

export interface RemoteOptions {
  /** https://github.com, or where a GitHub Enterprise or another forge is. */
  readonly url: string;
  readonly organisation: string;
  readonly people: PeopleFile;
  /** How long nothing may happen, in milliseconds, until all is held to be over. */
  readonly settle: number;
  readonly ports: Pick<Ports, 'clock' | 'env' | 'fetch' | 'interrupted'>;
}

export interface RemoteGitHub extends GitHubUnderTest {
  /** Deletes the repositories that scenarios made here. */
  removeRepositories(): Promise<void>;
}

/** A GitHub somewhere else, with people that are there already. Of its repositories only those made here are touched. */
export function remoteGitHub(options: RemoteOptions): RemoteGitHub {
  const { people, ports, organisation } = options;
  const urls = urlsOf(options.url);
  const loopback = /^(?:127\.|localhost$|\[::1\]$)/.test(new URL(urls.html).hostname);
  const fetch = patientFetch(ports, loopback ? 0 : 1000);
  const github = {
    urls,
    fetch,
    env: (token?: string) => ({
      ...carried(ports.env),
      GITHUB_SERVER_URL: urls.html,
      GITHUB_API_URL: urls.api,
      GIT_TERMINAL_PROMPT: '0',
      ...(token === undefined ? {} : { GH_TOKEN: token, GITHUB_TOKEN: token }),
    }),
    notes: [],
  };
  const owner = createApi(github, people.tokens.get('owner') ?? '');
  const made = new Set<string>();
  return {
    ...github,
    idle: () => waitUntilQuiet(owner, [...made], options.settle, ports),
    cast: async (wanted) => {
      const cast = await findCast({ ...github, organisation, people, owner }, wanted);
      for (const repository of wanted.repositories) made.add(repository);
      return cast;
    },
    removeRepositories: async () => {
      for (const name of made) {
        const [login = '', repo = ''] = name.split('/');
        await owner.rest.repos.delete({ owner: login, repo }).catch((error: unknown) => {
          if ((error as { status?: unknown }).status !== 404) throw error;
        });
      }
      made.clear();
    },
  };
}

/** github.com and data residency have a host of their own for the API, all others a path. */
export function urlsOf(url: string): { html: string; api: string } {
  const { origin, hostname } = new URL(url);
  if (hostname === 'github.com') return { html: origin, api: 'https://api.github.com' };
  if (hostname.endsWith('.ghe.com')) return { html: origin, api: `https://api.${hostname}` };
  return { html: origin, api: `${origin}/api/v3` };
}

/** The way out of this machine and whom to trust there, as the user's own git and curl know it. */
function carried(env: Ports['env']): Record<string, string> {
  const names =
    /^(?:https?_proxy|no_proxy|NODE_EXTRA_CA_CERTS|NODE_OPTIONS|NODE_USE_ENV_PROXY|GIT_SSL_CAINFO|SSL_CERT_FILE|CURL_CA_BUNDLE)$/i;
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (names.test(name) && value !== undefined ? [[name, value]] : [])),
  );
}

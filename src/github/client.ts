import { Octokit } from '@octokit/core';
import { RequestError } from '@octokit/request-error';
import { TrunklineError } from '../errors.ts';
import type { Ports } from '../ports.ts';
import type { Credentials } from './credentials.ts';
import { graphqlRefusal } from './graphql-refusal.ts';
import { messageOf } from './message-of.ts';
import { createTokens } from './tokens.ts';

export interface ClientOptions {
  /** `https://api.github.com`, or `https://HOST/api/v3` of an Enterprise Server. */
  readonly apiUrl: string;
  readonly credentials: Credentials;
  readonly ports: Pick<Ports, 'fetch' | 'clock' | 'interrupted'>;
  /** `owner/name` that an App's installation is looked up by. */
  readonly repository: string;
  /** Refuses every write: for --dry-run. */
  readonly readOnly: boolean;
}

/** What GraphQL answered: root fields may succeed beside others that failed. */
export interface GraphqlAnswer<T> {
  readonly data: T | undefined;
  readonly errors: readonly {
    readonly message: string;
    readonly type?: string;
    readonly path?: readonly (string | number)[];
  }[];
}

/** A GraphQL document does not say whose it is, as a path of REST does. */
export interface QueryOptions {
  /** `owner/name` of a repository that it is about: an App asks as its installation there; at home unless given. */
  readonly repository?: string;
}

export interface MutateOptions extends QueryOptions {
  /** Name of a preview that the document needs. */
  readonly preview?: string;
  /** Not sent again where the answer was lost: the caller looks first whether it was done. */
  readonly once?: boolean;
}

export interface GitHub {
  /** Whether it acts as an App's bot. */
  readonly bot: boolean;
  /** What it is authorised by now, for git; never to be printed or to stand in an argument. */
  readonly token: () => Promise<string>;
  readonly request: Octokit['request'];
  /** @throws GITHUB_REFUSED when any part failed */
  query<T>(document: string, variables: Readonly<Record<string, unknown>>, options?: QueryOptions): Promise<T>;
  /** Answers errors of single fields instead of throwing them. */
  mutate<T>(
    document: string,
    variables: Readonly<Record<string, unknown>>,
    options?: MutateOptions,
  ): Promise<GraphqlAnswer<T>>;
}

const attempts = 4;

/**
 * GitHub's API over Octokit. Tries again what GitHub says is worth it: 502, 503, 504, a lost connection, rate limits
 * with their `retry-after` (docs.github.com, "Best practices for using the REST API"). Every write that it repeats is
 * one that apply can repeat too.
 */
export function createClient(options: ClientOptions): GitHub {
  const { apiUrl, ports } = options;
  const octokit = new Octokit({
    baseUrl: apiUrl.replace(/\/$/, ''),
    userAgent: 'trunkline',
    request: { fetch: ports.fetch, signal: ports.interrupted },
    log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
  });
  const token = createTokens(options);
  octokit.hook.wrap('request', async (send, request) => {
    const what = `${request.method} ${request.url}`;
    if (options.readOnly && !isRead(request)) throw new Error(`a dry run tried to write: ${what}`);
    const about = repositoryOf(request);
    for (let attempt = 1; ; attempt++) {
      try {
        const authorization = `token ${await token(about)}`;
        return await send({ ...request, headers: { ...request.headers, authorization } });
      } catch (error) {
        const wait = retryAfter(error, attempt, ports.clock.now(), request.request?.['once'] === true);
        if (wait === undefined || attempt === attempts || ports.interrupted.aborted) throw refusal(error, what);
        await ports.clock.sleep(wait, ports.interrupted);
      }
    }
  });
  const mutate = async <T>(
    document: string,
    variables: Readonly<Record<string, unknown>>,
    { preview, once, repository }: MutateOptions = {},
  ): Promise<GraphqlAnswer<T>> => {
    const accept = preview === undefined ? undefined : `application/vnd.github.${preview}-preview+json`;
    const answer = await octokit.request('POST /graphql', {
      query: document,
      variables,
      ...(accept === undefined ? {} : { headers: { accept } }),
      request: { ...(once === true ? { once } : {}), ...(repository === undefined ? {} : { repository }) },
    });
    const { data, errors = [] } = answer.data as { data?: T | null; errors?: GraphqlAnswer<T>['errors'] };
    return { data: data ?? undefined, errors };
  };
  return {
    bot: options.credentials.kind === 'app',
    token: () => token(),
    request: octokit.request,
    mutate,
    query: async <T>(
      document: string,
      variables: Readonly<Record<string, unknown>>,
      options?: QueryOptions,
    ): Promise<T> => {
      const { data, errors } = await mutate<T>(document, variables, options);
      if (data !== undefined && errors.length === 0) return data;
      throw graphqlRefusal('a query', errors);
    },
  };
}

/** GitHub's HTTP status behind an error; undefined for anything else. */
export function statusOf(error: unknown): number | undefined {
  const inner = error instanceof TrunklineError ? error.cause : error;
  return inner instanceof RequestError ? inner.status : undefined;
}

/** The repository that a request is about, as its path or its caller says. */
function repositoryOf(
  request: Readonly<Record<string, unknown>> & { readonly request?: Readonly<Record<string, unknown>> },
): string | undefined {
  const { owner, repo } = request;
  if (typeof owner === 'string' && typeof repo === 'string') return `${owner}/${repo}`;
  const named = request.request?.['repository'];
  return typeof named === 'string' ? named : undefined;
}

function isRead(request: { readonly method: string; readonly url: string; readonly query?: unknown }): boolean {
  if (request.method === 'GET' || request.method === 'HEAD') return true;
  return request.url === '/graphql' && !/^\s*mutation\b/.test(String(request.query));
}

/** Milliseconds to wait before another try; undefined where another try would change nothing. */
function retryAfter(error: unknown, attempt: number, now: number, once: boolean): number | undefined {
  if (!(error instanceof RequestError)) return undefined;
  const headers = error.response?.headers ?? {};
  const backoff = 1000 * 2 ** (attempt - 1);
  if (error.status === 403 || error.status === 429) {
    const seconds = Number(headers['retry-after']);
    if (Number.isFinite(seconds) && headers['retry-after'] !== undefined) return seconds * 1000;
    if (headers['x-ratelimit-remaining'] === '0') return Math.max(0, Number(headers['x-ratelimit-reset']) * 1000 - now);
    return /secondary rate limit/i.test(error.message) ? 60_000 * attempt : undefined;
  }
  // Octokit says 500 for a connection that broke.
  const lost = error.status === 500 && error.response === undefined;
  return !once && (lost || [502, 503, 504].includes(error.status)) ? backoff : undefined;
}

function refusal(error: unknown, what: string): unknown {
  if (!(error instanceof RequestError)) return error;
  const wanted = error.response?.headers['x-accepted-github-permissions'];
  const hint = error.status === 403 && wanted !== undefined ? `the token needs: ${String(wanted)}` : undefined;
  return new TrunklineError(
    error.status === 403 && hint !== undefined ? 'PERMISSION_MISSING' : 'GITHUB_REFUSED',
    `GitHub answered ${error.status} to ${what}: ${messageOf(error)}`,
    {
      cause: error,
      ...(hint === undefined ? {} : { hint }),
    },
  );
}

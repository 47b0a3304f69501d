import { Octokit } from '@octokit/core';
import { paginateRest } from '@octokit/plugin-paginate-rest';
import { restEndpointMethods } from '@octokit/plugin-rest-endpoint-methods';
import { retry } from '@octokit/plugin-retry';

export interface ClientOptions {
  readonly token: string;
  readonly debug: boolean;
  readonly userAgent: string;
  readonly previews: string;
  readonly baseUrl: string;
  readonly retries: number;
  /** Statuses that are not tried again, with commas between. */
  readonly exempt: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

const Client = Octokit.plugin(restEndpointMethods, paginateRest, retry);

/** Octokit as `github` of a script: `github.rest.…`, `github.paginate`, `github.graphql`, `github.request`. */
export function createClient(options: ClientOptions): InstanceType<typeof Client> {
  const tries = options.retries > 0;
  const exempt = options.exempt
    .split(',')
    .map((code) => Number.parseInt(code, 10))
    .filter((code) => !Number.isNaN(code));
  const say = (text: string): unknown => process.stderr.write(`${text}\n`);
  const spare = options.debug ? say : () => undefined;
  return new Client({
    auth: `token ${options.token}`,
    baseUrl: options.baseUrl !== '' ? options.baseUrl : (options.env['GITHUB_API_URL'] ?? 'https://api.github.com'),
    log: { debug: spare, info: spare, warn: say, error: say },
    retry: tries ? { enabled: true, ...(exempt.length > 0 ? { doNotRetry: exempt } : {}) } : { enabled: false },
    ...(options.userAgent === '' ? {} : { userAgent: options.userAgent }),
    ...(options.previews === '' ? {} : { previews: options.previews.split(',') }),
    ...(tries ? { request: { retries: options.retries } } : {}),
  });
}

import { Readable } from 'node:stream';
import { TrunklineError } from '../errors.ts';
import type { Credentials, ImageRepository, RegistryClientOptions } from './registry-client.ts';
import { withRetries } from './retry.ts';

export interface RegistryRequest {
  readonly headers?: Readonly<Record<string, string>>;
  /** Called again when the request must be repeated with a token. */
  readonly body?: () => Readable | Uint8Array;
  /** A further repository that the credential has to be good for, to pull. */
  readonly pulls?: string;
  /** Not to be sent again by itself: the caller looks first how much of it arrived. */
  readonly once?: boolean;
}

export interface RegistrySession {
  origin(repository: ImageRepository): string;
  /** Sends a request, and again with the credential that the registry asks for. @throws REGISTRY_FAILED when unreachable */
  send(repository: ImageRepository, method: string, path: string | URL, request?: RegistryRequest): Promise<Response>;
}

/** Keeps one authorization a registry and repository: what answered the last challenge. */
export function createRegistrySession(options: RegistryClientOptions): RegistrySession {
  const authorizations = new Map<string, string>();
  const origin = (repository: ImageRepository): string =>
    `${/^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?$/.test(repository.registry) ? 'http' : 'https'}://${repository.registry}`;

  function ask(url: URL, method: string, authorization: string | undefined, request: RegistryRequest) {
    const clock = request.once === true ? undefined : options.clock;
    return withRetries(clock, method !== 'POST', () => once(url, method, authorization, request));
  }

  async function once(url: URL, method: string, authorization: string | undefined, request: RegistryRequest) {
    const body = request.body?.();
    const init: RequestInit & { duplex?: 'half' } = {
      method,
      headers: { ...request.headers, ...(authorization === undefined ? {} : { authorization }) },
      ...(body === undefined ? {} : { body: body instanceof Readable ? webStream(body) : Buffer.from(body) }),
      ...(body instanceof Readable ? { duplex: 'half' } : {}),
    };
    try {
      return await options.fetch(url, init);
    } catch (error) {
      const cause = (error as { cause?: { message?: string } }).cause?.message ?? String(error);
      throw new TrunklineError('REGISTRY_FAILED', `the registry ${url.host} cannot be reached: ${cause}`, {
        cause: error,
      });
    }
  }

  async function send(
    repository: ImageRepository,
    method: string,
    path: string | URL,
    request: RegistryRequest = {},
  ): Promise<Response> {
    const url = new URL(path, origin(repository));
    const writes = method !== 'GET' && method !== 'HEAD';
    const key = `${repository.registry}/${repository.repository} ${writes ? 'push' : 'pull'} ${request.pulls ?? ''}`;
    // A credential is never sent to another host than the one that it is for.
    const own = url.host === new URL(origin(repository)).host;
    const response = await ask(url, method, own ? authorizations.get(key) : undefined, request);
    if (response.status !== 401 || !own) return response;
    const header = response.headers.get('www-authenticate') ?? '';
    await response.body?.cancel();
    const scopes = [
      `repository:${repository.repository}:${writes ? 'pull,push' : 'pull'}`,
      ...(request.pulls === undefined ? [] : [`repository:${request.pulls}:pull`]),
    ];
    const authorization = await answerChallenge(
      header,
      options.credentials?.(repository.registry),
      scopes,
      options.fetch,
    );
    if (authorization === undefined) throw loginWanted(repository);
    authorizations.set(key, authorization);
    const second = await ask(url, method, authorization, request);
    if (second.status !== 401 || options.credentials?.(repository.registry) !== undefined) return second;
    await second.body?.cancel();
    throw loginWanted(repository);
  }

  return { origin, send };
}

function loginWanted({ registry, repository }: ImageRepository): TrunklineError {
  return new TrunklineError('REGISTRY_FAILED', `${registry} wants a login for ${repository}`, {
    hint: `log in to ${registry} first, for example with docker/login-action`,
  });
}

/** Basic credentials as they are, or the bearer token that they buy; undefined where there are none to give. */
async function answerChallenge(
  header: string,
  credentials: Credentials | undefined,
  scopes: readonly string[],
  fetch: typeof globalThis.fetch,
): Promise<string | undefined> {
  const basic =
    credentials === undefined
      ? undefined
      : `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64')}`;
  if (!/^bearer\s/i.test(header)) return basic;
  const fields = new Map([...header.matchAll(/(\w+)="([^"]*)"/g)].map((match) => [match[1], match[2]]));
  const realm = fields.get('realm') ?? '';
  if (!URL.canParse(realm)) return undefined;
  const url = new URL(realm);
  const service = fields.get('service');
  if (service !== undefined) url.searchParams.set('service', service);
  for (const scope of scopes) url.searchParams.append('scope', scope);
  const response = await fetch(url, basic === undefined ? {} : { headers: { authorization: basic } });
  if (!response.ok) throw await registryFailure(response, `a token of ${url.host}`);
  const body = (await response.json()) as { token?: string; access_token?: string };
  const token = body.token ?? body.access_token;
  return token === undefined ? undefined : `Bearer ${token}`;
}

/** What a registry says when it refuses, in one line. */
export async function registryFailure(response: Response, what: string): Promise<TrunklineError> {
  const text = await response.text().catch(() => '');
  let reason = text.trim().slice(0, 300);
  try {
    const errors = (JSON.parse(text) as { errors?: { code?: string; message?: string }[] }).errors ?? [];
    reason = errors.map((error) => `${(error.code ?? '').toLowerCase()}: ${error.message ?? ''}`).join('; ') || reason;
  } catch {
    // Not every registry, or proxy in front of one, answers in JSON.
  }
  const status = `${response.status}${reason === '' ? '' : ` ${reason}`}`;
  return new TrunklineError('REGISTRY_FAILED', `the registry refused ${what}: ${status}`);
}

function webStream(stream: Readable): ReadableStream {
  return Readable.toWeb(stream) as unknown as ReadableStream;
}

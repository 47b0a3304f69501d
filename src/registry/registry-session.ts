import { Readable } from 'node:stream';
import { TrunklineError } from '../errors.ts';
import { answerChallenge } from './answer-challenge.ts';
import { isLoopback } from './loopback.ts';
import type { ImageRepository, RegistryClientOptions } from './registry-client.ts';
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
    `${isLoopback(repository.registry) ? 'http' : 'https'}://${repository.registry}`;

  function ask(url: URL, method: string, authorization: string | undefined, request: RegistryRequest) {
    const clock = request.once === true ? undefined : options.clock;
    return withRetries(clock, () => once(url, method, authorization, request));
  }

  async function once(url: URL, method: string, authorization: string | undefined, request: RegistryRequest) {
    const body = request.body?.();
    const init: RequestInit & { duplex?: 'half' } = {
      method,
      // Digests and sizes are those of what is stored: nothing is to be packed on its way.
      headers: {
        'accept-encoding': 'identity',
        ...request.headers,
        ...(authorization === undefined ? {} : { authorization }),
      },
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
    const home = new URL(origin(repository));
    const url = new URL(path, home);
    // A registry behind a proxy may know nothing of TLS, and name itself without: nothing goes there in clear.
    if (url.host === home.host) url.protocol = home.protocol;
    const writes = method !== 'GET' && method !== 'HEAD';
    const key = `${repository.registry}/${repository.repository} ${writes ? 'push' : 'pull'} ${request.pulls ?? ''}`;
    // A credential is never sent to another host than the one that it is for.
    const own = url.origin === home.origin;
    const response = await ask(url, method, own ? authorizations.get(key) : undefined, request);
    if (response.status !== 401 || !own) return response;
    const header = response.headers.get('www-authenticate') ?? '';
    await response.body?.cancel();
    const scopes = [
      `repository:${repository.repository}:${writes ? 'pull,push' : 'pull'}`,
      ...(request.pulls === undefined ? [] : [`repository:${request.pulls}:pull`]),
    ];
    const authorization = await answerChallenge(header, {
      credentials: options.credentials?.(repository.registry),
      scopes,
      origin: home.origin,
      fetch: options.fetch,
    });
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

function webStream(stream: Readable): ReadableStream {
  return Readable.toWeb(stream) as unknown as ReadableStream;
}

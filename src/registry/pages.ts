import { TrunklineError } from '../errors.ts';
import type { ImageRepository } from './registry-client.ts';
import type { RegistryRequest, RegistrySession } from './registry-session.ts';

/** Every page of a list, as `Link` leads from one to the next. @throws REGISTRY_FAILED where it leads back */
export async function* pages(
  session: RegistrySession,
  repository: ImageRepository,
  first: string,
  request: RegistryRequest = {},
): AsyncGenerator<Response> {
  const seen = new Set<string>();
  for (let next: URL | undefined = new URL(first, session.origin(repository)); next !== undefined; ) {
    if (seen.has(next.href))
      throw new TrunklineError('REGISTRY_FAILED', `expected a further page of ${repository.registry}, found one again`);
    seen.add(next.href);
    const response: Response = await session.send(repository, 'GET', next, request);
    yield response;
    const link = /<([^>]+)>\s*;\s*rel="?next/.exec(response.headers.get('link') ?? '')?.[1];
    next = link === undefined ? undefined : new URL(link, next);
  }
}

/** An object that a registry answers. @throws REGISTRY_FAILED */
export async function readJson<T extends object>(response: Response): Promise<T> {
  const value: unknown = await response.json().catch(() => undefined);
  if (typeof value === 'object' && value !== null) return value as T;
  throw new TrunklineError('REGISTRY_FAILED', 'expected JSON of the registry, found something else');
}

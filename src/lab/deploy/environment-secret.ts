import { createHash, timingSafeEqual } from 'node:crypto';
import type { Forge } from '../../forge/forge.ts';

/**
 * Whether the token is a secret of an environment of this name, in any repository and under any name: who may set the
 * environment's secrets decides who deploys to it, and a repository's own secret opens nothing.
 */
export function environmentSecret(forge: Forge, name: string, token: string): boolean {
  const ids = new Set(
    [...forge.store.environments.values()].filter((environment) => environment.name === name).map(({ id }) => id),
  );
  return [...forge.store.secrets.values()].some(
    (secret) => secret.scope === 'environment' && ids.has(secret.scopeId) && same(secret.value, token),
  );
}

function same(a: string, b: string): boolean {
  const hash = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(a), hash(b));
}

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ImageReference, parseImageReference } from '../../registry/image-reference.ts';
import { createRegistryClient, type RegistryClient } from '../../registry/registry-client.ts';
import { pinNow } from './look.ts';
import type { Person } from './person.ts';
import type { World } from './world.ts';

/** The registry as somebody sees it with their own token. */
export function registryOf({ github }: World, { login, token }: Person): RegistryClient {
  return createRegistryClient({ fetch: github.fetch, credentials: () => ({ username: login, password: token }) });
}

/** The image of the service that is followed, without tag or digest; undefined where its manifest does not name one. */
export async function imageOf(world: World): Promise<ImageReference | undefined> {
  const name = (await pinNow(world, world.pair.chain[0].name))?.image;
  return name === undefined ? undefined : parseImageReference(name);
}

/** What `docker login` would leave for somebody's commands, which run with the folder above their clone as home. */
export async function logIn({ login, token }: Person, clone: string, registry: string): Promise<void> {
  const folder = join(clone, '..', '.docker');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const auth = Buffer.from(`${login}:${token}`).toString('base64');
  await writeFile(join(folder, 'config.json'), JSON.stringify({ auths: { [registry]: { auth } } }), { mode: 0o600 });
}

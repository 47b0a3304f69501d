import type { ImageRepository, RegistryClient } from '../registry-client.ts';
import type { ArchivedImage } from './read-archive.ts';

/**
 * Pushes all of it under its digest, then under the tags; what is there already is not sent again, and what another
 * repository of the registry has is mounted from there. @throws REGISTRY_FAILED
 */
export async function pushArchive(
  registry: RegistryClient,
  repository: ImageRepository,
  { manifests, blobs }: ArchivedImage,
  { tags, mountFrom }: { readonly tags: readonly string[]; readonly mountFrom?: string },
): Promise<void> {
  for (const blob of blobs) await registry.putBlob(repository, blob, mountFrom);
  for (const manifest of manifests) await registry.putManifest(repository, manifest);
  const last = manifests.at(-1);
  if (last === undefined) return;
  for (const tag of tags) await registry.putManifest(repository, { ...last, tag });
}

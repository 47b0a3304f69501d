import type { ImageRepository, OciDescriptor, RegistryClient } from './registry-client.ts';

/** A small blob whole; undefined where it is larger than its descriptor, or `largest`, says: no more than that is read. */
export async function readBlob(
  client: Pick<RegistryClient, 'getBlob'>,
  repository: ImageRepository,
  { digest, size }: Pick<OciDescriptor, 'digest' | 'size'>,
  largest: number,
): Promise<Buffer | undefined> {
  if (size > largest) return undefined;
  const chunks: Buffer[] = [];
  let read = 0;
  for await (const chunk of await client.getBlob(repository, digest)) {
    read += (chunk as Buffer).length;
    if (read > size) return undefined;
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}

import { digestOf } from './digest-of.ts';
import type { ImageRepository, OciDescriptor, RegistryClient } from './registry-client.ts';

/** Uploads bytes that are at hand, unless they are there. */
export async function putBytes(
  client: Pick<RegistryClient, 'putBlob'>,
  repository: ImageRepository,
  mediaType: string,
  bytes: Uint8Array,
): Promise<OciDescriptor> {
  const digest = digestOf(bytes);
  const size = bytes.length;
  const content = (range?: { readonly start: number; readonly end: number }): Uint8Array =>
    range === undefined ? bytes : bytes.subarray(range.start, range.end + 1);
  await client.putBlob(repository, { digest, size, content });
  return { mediaType, digest, size };
}

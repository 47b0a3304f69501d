import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { TrunklineError } from '../../errors.ts';
import type { Digest } from '../../model/digest.ts';
import { digestOf } from '../digest-of.ts';
import type { OciDescriptor, OciManifest } from '../registry-client.ts';
import type { BlobSource } from '../upload-blob.ts';
import { type ArchiveFiles, unpackArchive } from './unpack-archive.ts';

/** An image or index with all that it consists of, every byte checked against its digest. */
export interface ArchivedImage {
  readonly digest: Digest;
  /** Platforms before the index that names them; the last one is the image's own. */
  readonly manifests: readonly { readonly mediaType: string; readonly bytes: Uint8Array }[];
  readonly blobs: readonly BlobSource[];
}

const manifestType = 'application/vnd.oci.image.manifest.v1+json';

/**
 * Reads one image out of an archive: an OCI layout (`docker buildx build --output type=oci`, `skopeo copy … oci-archive:`),
 * or what `docker save` writes; the same archive is the same digest, wherever it is read. `folder` is empty, and the
 * caller's to take away. @throws ARCHIVE_INVALID for anything else, for several images, and for bytes that are not their digest's
 */
export async function readArchive(file: string, folder: string): Promise<ArchivedImage> {
  const files = await unpackArchive(file, folder);
  return files.has('index.json') ? readLayout(file, files) : readSaved(file, files);
}

async function readLayout(file: string, files: ArchiveFiles): Promise<ArchivedImage> {
  const index = await json<OciManifest>(file, files, 'index.json');
  const [root, another] = index.manifests ?? [];
  if (root === undefined || another !== undefined)
    throw invalid(file, `expected one image in the archive, found ${index.manifests?.length ?? 0}`);
  const manifests: { mediaType: string; bytes: Uint8Array }[] = [];
  const blobs = new Map<Digest, BlobSource>();
  const add = async ({ mediaType, digest }: OciDescriptor): Promise<void> => {
    const bytes = await readFile(place(file, files, digest));
    if (digestOf(bytes) !== digest) throw differs(file, digest);
    const manifest = JSON.parse(bytes.toString('utf8')) as OciManifest;
    for (const child of manifest.manifests ?? []) await add(child);
    for (const blob of [...(manifest.config === undefined ? [] : [manifest.config]), ...(manifest.layers ?? [])])
      if (!blobs.has(blob.digest))
        blobs.set(blob.digest, await blobOf(file, place(file, files, blob.digest), blob.digest));
    manifests.push({ mediaType, bytes });
  };
  await add(root);
  return { digest: root.digest, manifests, blobs: [...blobs.values()] };
}

/** docker's own form has no manifest; one is made of it, always the same. */
async function readSaved(file: string, files: ArchiveFiles): Promise<ArchivedImage> {
  const images = await json<readonly { readonly Config: string; readonly Layers: readonly string[] }[]>(
    file,
    files,
    'manifest.json',
  );
  const [image, another] = images;
  if (image === undefined || another !== undefined)
    throw invalid(file, `expected one image in the archive, found ${images.length}`);
  const config = await json<{ readonly rootfs?: { readonly diff_ids?: readonly string[] } }>(file, files, image.Config);
  const wanted = config.rootfs?.diff_ids ?? [];
  const layers: BlobSource[] = [];
  for (const [at, name] of image.Layers.entries()) {
    const layer = await blobOf(file, inArchive(file, files, name), wanted[at] as Digest);
    layers.push(layer);
  }
  const bytes = await readFile(inArchive(file, files, image.Config));
  const source: BlobSource = { digest: digestOf(bytes), size: bytes.length, content: (range) => slice(bytes, range) };
  const describe = (mediaType: string, { digest, size }: BlobSource): OciDescriptor => ({ mediaType, digest, size });
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: manifestType,
      config: describe('application/vnd.oci.image.config.v1+json', source),
      layers: layers.map((layer) => describe('application/vnd.oci.image.layer.v1.tar', layer)),
    }),
  );
  return {
    digest: digestOf(manifest),
    manifests: [{ mediaType: manifestType, bytes: manifest }],
    blobs: [source, ...layers],
  };
}

async function blobOf(file: string, path: string, digest: Digest): Promise<BlobSource> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  if (`sha256:${hash.digest('hex')}` !== digest) throw differs(file, digest);
  const { size } = await stat(path);
  return { digest, size, content: (range) => createReadStream(path, range ?? {}) };
}

function slice(bytes: Uint8Array, range: { readonly start: number; readonly end: number } | undefined): Uint8Array {
  return range === undefined ? bytes : bytes.subarray(range.start, range.end + 1);
}

function place(file: string, files: ArchiveFiles, digest: Digest): string {
  return inArchive(file, files, `blobs/${digest.replace(':', '/')}`);
}

function inArchive(file: string, files: ArchiveFiles, name: string): string {
  const path = files.get(name);
  if (path !== undefined) return path;
  throw invalid(file, `expected ${name} in the archive, found no such file`);
}

async function json<Value>(file: string, files: ArchiveFiles, name: string): Promise<Value> {
  const text = await readFile(inArchive(file, files, name), 'utf8');
  try {
    return JSON.parse(text) as Value;
  } catch {
    throw invalid(file, `expected JSON in ${name} of the archive, found something else`);
  }
}

function differs(file: string, digest: string | undefined): TrunklineError {
  return invalid(
    file,
    `expected bytes of ${digest ?? 'a layer that its configuration names'} in the archive, found others`,
  );
}

function invalid(file: string, message: string): TrunklineError {
  return new TrunklineError('ARCHIVE_INVALID', message, {
    location: { file },
    hint: 'docker buildx build --output type=oci,dest=image.tar, or docker save IMAGE > image.tar',
  });
}

import { createReadStream } from 'node:fs';
import type { Digest } from '../../model/digest.ts';
import { digestOf } from '../../registry/digest-of.ts';
import type { ImageRepository, OciDescriptor, RegistryClient } from '../../registry/registry-client.ts';
import type { PackedImage } from './pack-image.ts';
import type { Layer } from './write-layer.ts';

const manifestType = 'application/vnd.oci.image.manifest.v1+json';
export const indexType = 'application/vnd.oci.image.index.v1+json';
const configType = 'application/vnd.oci.image.config.v1+json';
const layerType = 'application/vnd.oci.image.layer.v1.tar+gzip';

/** An image of one platform: its configuration says which. */
export interface ImagePart {
  readonly config: Buffer;
  readonly layers: readonly Layer[];
  readonly annotations?: Readonly<Record<string, string>>;
}

/** An image ready to be pushed; the first descriptor is what the image's digest names. */
export interface AssembledImage {
  readonly digest: Digest;
  /** Digest of the (first) configuration. */
  readonly imageId: Digest;
  readonly root: { readonly mediaType: string; readonly bytes: Buffer };
  readonly children: readonly { readonly mediaType: string; readonly bytes: Buffer }[];
  readonly configs: readonly Buffer[];
  readonly layers: readonly Layer[];
}

/** What was packed, once for each platform: it is the same for all of them. */
export function partsOf(packed: PackedImage, platforms: readonly string[]): readonly ImagePart[] {
  return platforms.map((platform) => {
    const [os = 'linux', architecture = 'amd64', variant] = platform.split('/');
    const config = json({
      created: '1970-01-01T00:00:00Z',
      architecture,
      os,
      ...(variant === undefined ? {} : { variant }),
      config: packed.config,
      rootfs: { type: 'layers', diff_ids: packed.layers.map(({ diffId }) => diffId) },
    });
    return { config, layers: packed.layers, annotations: { 'org.opencontainers.image.base.name': packed.base } };
  });
}

/** Makes a manifest for each part, and an index where there are several. Depends on its input alone. */
export function assembleImage(parts: readonly ImagePart[]): AssembledImage {
  const made = parts.map(({ config, layers, annotations }) => {
    const bytes = json({
      schemaVersion: 2,
      mediaType: manifestType,
      config: describe(configType, config),
      layers: layers.map(({ digest, size }) => ({ mediaType: layerType, digest, size })),
      ...(annotations === undefined ? {} : { annotations }),
    });
    const { os, architecture, variant } = JSON.parse(config.toString('utf8')) as NonNullable<OciDescriptor['platform']>;
    const platform = { architecture, os, ...(variant === undefined ? {} : { variant }) };
    return { manifest: { mediaType: manifestType, bytes }, descriptor: { ...describe(manifestType, bytes), platform } };
  });
  const [first] = made;
  const [firstPart] = parts;
  if (first === undefined || firstPart === undefined) throw new Error('an image needs a platform');
  const content = {
    imageId: digestOf(firstPart.config),
    configs: parts.map(({ config }) => config),
    layers: [...new Map(parts.flatMap(({ layers }) => layers.map((layer) => [layer.digest, layer]))).values()],
  };
  if (made.length === 1) return { digest: first.descriptor.digest, root: first.manifest, children: [], ...content };
  const index = json({ schemaVersion: 2, mediaType: indexType, manifests: made.map(({ descriptor }) => descriptor) });
  const root = { mediaType: indexType, bytes: index };
  return { digest: digestOf(index), root, children: made.map(({ manifest }) => manifest), ...content };
}

/** Pushes everything under the tags given, or by its digest alone. Blobs that are there are not sent again. */
export async function pushImage(
  registry: RegistryClient,
  repository: ImageRepository,
  image: AssembledImage,
  tags: readonly string[],
): Promise<void> {
  for (const { file, digest, size } of image.layers) {
    await registry.putBlob(repository, { digest, size, content: (range) => createReadStream(file, range) });
  }
  for (const config of image.configs) {
    await registry.putBlob(repository, {
      digest: digestOf(config),
      size: config.length,
      content: (range) => (range === undefined ? config : config.subarray(range.start, range.end + 1)),
    });
  }
  for (const child of image.children) await registry.putManifest(repository, child);
  if (tags.length === 0) await registry.putManifest(repository, image.root);
  for (const tag of tags) await registry.putManifest(repository, { ...image.root, tag });
}

function describe(mediaType: string, bytes: Buffer): OciDescriptor {
  return { mediaType, digest: digestOf(bytes), size: bytes.length };
}

/** As bytes that depend on the value alone. */
export function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

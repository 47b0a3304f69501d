import type { Digest } from '../../model/digest.ts';
import type { ImageReference } from '../../registry/image-reference.ts';
import { putBytes } from '../../registry/put-bytes.ts';
import { readBlob } from '../../registry/read-blob.ts';
import type { OciDescriptor, OciManifest, RegistryClient } from '../../registry/registry-client.ts';
import { type ClassicSignature, fromAnnotations, toAnnotations } from './classic-signature.ts';

type ImageByDigest = ImageReference & { readonly digest: Digest };

const layerType = 'application/vnd.dev.cosign.simplesigning.v1+json';
const manifestType = 'application/vnd.oci.image.manifest.v1+json';
const configType = 'application/vnd.oci.image.config.v1+json';

/** A payload names one digest: it is not larger. In bytes. */
const largest = 64 * 1024;
/** So many signatures of one image are looked at. */
const most = 100;

/** The tag under which cosign keeps the signatures of a digest. */
export function classicTag(digest: Digest): string {
  return `${digest.replace(':', '-')}.sig`;
}

/** Adds a signature to those that stand under the image's tag. Two writers at the same moment can lose one of the two. */
export async function attachClassic(
  registry: RegistryClient,
  image: ImageByDigest,
  signature: ClassicSignature,
): Promise<Digest> {
  const before = (await readManifest(registry, image))?.layers ?? [];
  const bytes = Buffer.from(signature.payload);
  const layer = { ...(await putBytes(registry, image, layerType, bytes)), annotations: toAnnotations(signature) };
  const layers: readonly OciDescriptor[] = [...before, layer];
  // What cosign itself writes: an image of no platform whose layers are the payloads.
  const config = Buffer.from(
    JSON.stringify({
      architecture: '',
      created: '0001-01-01T00:00:00Z',
      history: layers.map(() => ({ created: '0001-01-01T00:00:00Z' })),
      os: '',
      rootfs: { type: 'layers', diff_ids: layers.map((one) => one.digest) },
      config: {},
    }),
  );
  const manifest = {
    schemaVersion: 2,
    mediaType: manifestType,
    config: await putBytes(registry, image, configType, config),
    layers,
  };
  return registry.putManifest(image, {
    mediaType: manifestType,
    bytes: Buffer.from(JSON.stringify(manifest)),
    tag: classicTag(image.digest),
  });
}

/** Every signature that stands under the image's tag. */
export async function* readClassic(registry: RegistryClient, image: ImageByDigest): AsyncGenerator<ClassicSignature> {
  const layers = (await readManifest(registry, image))?.layers ?? [];
  for (const layer of layers.filter((one) => one.mediaType === layerType).slice(0, most)) {
    const payload = await readBlob(registry, image, layer, largest);
    const signature = payload === undefined ? undefined : fromAnnotations(payload, layer.annotations ?? {});
    if (signature !== undefined) yield signature;
  }
}

async function readManifest(
  registry: RegistryClient,
  { registry: host, repository, digest }: ImageByDigest,
): Promise<OciManifest | undefined> {
  const image = { registry: host, repository, tag: classicTag(digest) };
  if ((await registry.resolve(image)) === undefined) return undefined;
  return (await registry.getManifest(image)).manifest;
}

import type { SerializedBundle } from '@sigstore/bundle';
import { TrunklineError } from '../errors.ts';
import type { Digest } from '../model/digest.ts';
import type { ImageReference } from '../registry/image-reference.ts';
import { readBlob } from '../registry/read-blob.ts';
import type { OciManifest, RegistryClient } from '../registry/registry-client.ts';

export const bundleType = 'application/vnd.dev.sigstore.bundle.v0.3+json';
const bundleTypePattern = /^application\/vnd\.dev\.sigstore\.bundle(?:\.v0\.\d+\+json|\+json;version=0\.\d+)$/;

/** A bundle is not larger: an SBOM of some ten thousand packages has 10 MB. */
const largest = 64 * 1024 * 1024;

/** Hangs a bundle on an image, as cosign 3 and GitHub's attestations do. */
export async function attachBundle(
  registry: RegistryClient,
  image: ImageReference & { readonly digest: Digest },
  bundle: SerializedBundle,
  predicateType: string,
  created: string,
): Promise<Digest> {
  return registry.pushReferrer(image, {
    artifactType: bundleType,
    layer: { mediaType: bundleType, bytes: Buffer.from(JSON.stringify(bundle)) },
    annotations: {
      'dev.sigstore.bundle.content': 'dsse-envelope',
      'dev.sigstore.bundle.predicateType': predicateType,
      'org.opencontainers.image.created': created,
    },
  });
}

/** Every bundle that hangs on an image; one that says it is of another type is not fetched. */
export async function* readBundles(
  registry: RegistryClient,
  image: ImageReference & { readonly digest: Digest },
  predicateType: (type: string) => boolean,
): AsyncGenerator<Uint8Array> {
  for (const referrer of await registry.referrers(image)) {
    const said = referrer.annotations?.['dev.sigstore.bundle.predicateType'];
    if (!bundleTypePattern.test(referrer.artifactType ?? '') || (said !== undefined && !predicateType(said))) continue;
    const [layer] = (await readReferrer(registry, image, referrer.digest))?.layers ?? [];
    if (layer === undefined || !bundleTypePattern.test(layer.mediaType)) continue;
    const bytes = await readBlob(registry, image, layer, largest);
    if (bytes !== undefined) yield bytes;
  }
}

/** Undefined where a list still names what somebody has deleted: it says nothing of the rest. */
async function readReferrer(
  client: RegistryClient,
  { registry, repository }: ImageReference,
  digest: Digest,
): Promise<OciManifest | undefined> {
  try {
    return (await client.getManifest({ registry, repository, digest })).manifest;
  } catch (error) {
    if (error instanceof TrunklineError && error.code === 'DIGEST_NOT_FOUND') return undefined;
    throw error;
  }
}

import type { SerializedBundle } from '@sigstore/bundle';
import type { Digest } from '../model/digest.ts';
import type { ImageReference } from '../registry/image-reference.ts';
import { readBlob } from '../registry/read-blob.ts';
import type { RegistryClient } from '../registry/registry-client.ts';

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
    const { manifest } = await registry.getManifest({ ...withoutTag(image), digest: referrer.digest });
    const [layer] = manifest.layers ?? [];
    if (layer === undefined || !bundleTypePattern.test(layer.mediaType)) continue;
    const bytes = await readBlob(registry, image, layer, largest);
    if (bytes !== undefined) yield bytes;
  }
}

function withoutTag({ registry, repository }: ImageReference): ImageReference {
  return { registry, repository };
}

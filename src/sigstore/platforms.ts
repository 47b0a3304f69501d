import type { Digest } from '../model/digest.ts';
import type { ImageReference } from '../registry/image-reference.ts';
import type { RegistryClient } from '../registry/registry-client.ts';

/** One manifest that a signature is wanted for. */
export interface Place {
  readonly digest: Digest;
  /** `linux/arm64` for a child of an index. */
  readonly platform?: string;
}

/** The image itself and, of an index, every platform's manifest: a cluster pulls one of those. */
export async function platformsOf(
  registry: RegistryClient,
  image: ImageReference & { readonly digest: Digest },
): Promise<readonly Place[]> {
  const { descriptor, manifest } = await registry.getManifest(image);
  const children = (manifest.manifests ?? []).filter(
    // What BuildKit puts beside the platforms for its own provenance is nothing that runs.
    (child) => child.annotations?.['vnd.docker.reference.type'] !== 'attestation-manifest',
  );
  return [
    { digest: descriptor.digest },
    ...children.map(({ digest, platform }) => {
      const { os, architecture, variant } = platform ?? {};
      const name = [os, architecture, variant].filter((part) => part !== undefined).join('/');
      return name === '' ? { digest } : { digest, platform: name };
    }),
  ];
}

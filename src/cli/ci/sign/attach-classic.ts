import { X509Certificate } from 'node:crypto';
import { TrunklineError } from '../../../errors.ts';
import type { Ports } from '../../../ports.ts';
import type { RegistryClient } from '../../../registry/registry-client.ts';
import { attachClassic, classicTag, readClassic } from '../../../sigstore/classic/classic-store.ts';
import { signClassic } from '../../../sigstore/classic/sign-classic.ts';
import { type IdentityToken, signerOf } from '../../../sigstore/identity-token.ts';
import type { SigstoreInstance } from '../../../sigstore/instances.ts';
import { platformsOf } from '../../../sigstore/platforms.ts';
import { predicateTypes } from '../../../sigstore/statement.ts';
import type { Attached } from './attach-statements.ts';
import { type ImageByDigest, registryFor } from './signed-image.ts';

/** Signs an image, and each platform of an index, in the form that cosign had before version 3, too. */
export async function attachClassicSignatures(
  ports: Ports,
  image: ImageByDigest,
  token: IdentityToken,
  instance: SigstoreInstance,
): Promise<readonly Attached[]> {
  const registry = registryFor(ports);
  const name = `${image.registry}/${image.repository}`;
  const attached: Attached[] = [];
  for (const place of await platformsOf(registry, image)) {
    const at = { ...image, digest: place.digest };
    const signature = await signClassic(ports, instance, token, { name, digest: place.digest });
    const referrer = await attachClassic(registry, at, signature).catch((error: unknown) =>
      standing(registry, at, token, error),
    );
    attached.push({ ...place, predicateType: predicateTypes.signature, referrer, tag: classicTag(place.digest) });
  }
  return attached;
}

/** Where no tag may move, a run that is started again finds what it wrote before. */
async function standing(
  registry: RegistryClient,
  image: ImageByDigest,
  token: IdentityToken,
  error: unknown,
): Promise<string> {
  if (!(error instanceof TrunklineError)) throw error;
  for await (const { certificate } of readClassic(registry, image)) {
    const names = certificate === undefined ? undefined : new X509Certificate(certificate).subjectAltName;
    if (names === `URI:${signerOf(token)}` || names === `email:${signerOf(token)}`) return classicTag(image.digest);
  }
  throw new TrunklineError(error.code, error.message, {
    hint: `where the registry lets no tag move, exempt those that end in .sig, or sign without --classic`,
    cause: error,
  });
}

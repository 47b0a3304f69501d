import { TrunklineError } from '../../../errors.ts';
import type { Digest } from '../../../model/digest.ts';
import type { Ports } from '../../../ports.ts';
import { dockerCredentials } from '../../../registry/docker-credentials.ts';
import { type ImageReference, parseImageReference } from '../../../registry/image-reference.ts';
import { createRegistryClient, type RegistryClient } from '../../../registry/registry-client.ts';

export type ImageByDigest = ImageReference & { readonly digest: Digest };

/** An image by its digest: a tag can be moved between a look and the signature. @throws INPUT_INVALID */
export function imageByDigest(text: string): ImageByDigest {
  const { registry, repository, digest } = parseImageReference(text);
  if (digest !== undefined) return { registry, repository, digest };
  throw new TrunklineError('INPUT_INVALID', `expected an image by its digest, found "${text}"`, {
    hint: 'name it as ghcr.io/acme/api@sha256:…: the build step prints the digest',
  });
}

/** With the logins that docker keeps. */
export function registryFor(ports: Ports): RegistryClient {
  return createRegistryClient({ fetch: ports.fetch, clock: ports.clock, credentials: dockerCredentials(ports.env) });
}

import type { Ports } from '../../../ports.ts';
import { attachBundle } from '../../../sigstore/bundle-store.ts';
import type { IdentityToken } from '../../../sigstore/identity-token.ts';
import { github, instanceFor, publicGood, type SigstoreInstance } from '../../../sigstore/instances.ts';
import { platformsOf } from '../../../sigstore/platforms.ts';
import { signStatement } from '../../../sigstore/sign-statement.ts';
import { statementAbout } from '../../../sigstore/statement.ts';
import { type ImageByDigest, registryFor } from './signed-image.ts';

export type InstanceOption = 'auto' | 'public-good' | 'github';

export interface Attached {
  readonly digest: string;
  readonly platform?: string;
  readonly predicateType: string;
  /** The manifest that was hung on it. */
  readonly referrer: string;
}

/** Signs one statement about the image, and one about each platform of an index, and hangs them on. */
export async function attachStatements(
  ports: Ports,
  image: ImageByDigest,
  token: IdentityToken,
  statement: { readonly predicateType: string; readonly predicate: unknown },
  instance: SigstoreInstance,
): Promise<readonly Attached[]> {
  const registry = registryFor(ports);
  const created = new Date(ports.clock.now()).toISOString();
  const name = `${image.registry}/${image.repository}`;
  const attached: Attached[] = [];
  for (const place of await platformsOf(registry, image)) {
    const about = statementAbout(name, place.digest, statement.predicateType, statement.predicate);
    const bundle = await signStatement(ports, instance, token, about);
    const at = { ...image, digest: place.digest };
    const referrer = await attachBundle(registry, at, bundle, statement.predicateType, created);
    attached.push({ ...place, predicateType: statement.predicateType, referrer });
  }
  return attached;
}

/** Which instance signs: by the repository's visibility, as its token says, unless one is named. */
export function instanceOf(option: InstanceOption, token: IdentityToken): SigstoreInstance {
  const visibility = token.claims['repository_visibility'];
  if (option === 'auto') return instanceFor(typeof visibility === 'string' ? visibility : undefined);
  return option === 'github' ? github : publicGood;
}

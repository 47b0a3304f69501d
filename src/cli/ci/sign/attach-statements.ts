import { TrunklineError } from '../../../errors.ts';
import type { Ports } from '../../../ports.ts';
import { attachBundle } from '../../../sigstore/bundle-store.ts';
import { type IdentityToken, isJob } from '../../../sigstore/identity-token.ts';
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
  /** Where it stands under a tag instead. */
  readonly tag?: string;
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

/**
 * Which instance signs: by the repository's visibility, as its token says, unless one is named. A person's token says
 * nothing of it, and no name is to reach a public log by accident.
 * @throws INPUT_INVALID
 */
export function instanceOf(option: InstanceOption, token: IdentityToken): SigstoreInstance {
  const visibility = token.claims['repository_visibility'];
  if (option === 'auto' && !isJob(token))
    throw new TrunklineError('INPUT_INVALID', 'expected an instance to sign with by hand, found none', {
      hint: 'add --instance public-good: the image’s digest and your address go into a log that everybody can read',
    });
  if (option === 'auto') return instanceFor(typeof visibility === 'string' ? visibility : undefined);
  return option === 'github' ? github : publicGood;
}

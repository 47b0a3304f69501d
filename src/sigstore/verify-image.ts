import type { Digest } from '../model/digest.ts';
import type { ImageReference } from '../registry/image-reference.ts';
import type { RegistryClient } from '../registry/registry-client.ts';
import { readBundles } from './bundle-store.ts';
import type { SignerPolicy } from './check-signer.ts';
import { classicTag, readClassic } from './classic/classic-store.ts';
import { verifyClassic } from './classic/verify-classic.ts';
import { type Place, platformsOf } from './platforms.ts';
import { predicateTypes, type Statement, samePredicate } from './statement.ts';
import type { TrustedInstance } from './trusted-roots.ts';
import { verifyBundle, type WantedStatement } from './verify-bundle.ts';

export interface ImageVerification {
  readonly ok: boolean;
  /** One for each digest and type that was wanted. */
  readonly checks: readonly ImageCheck[];
}

export interface ImageCheck extends Place {
  readonly predicateType: string;
  readonly ok: boolean;
  /** Who signed, or why none of what hangs there counts. */
  readonly reasons: readonly string[];
  readonly statement?: Statement;
}

export interface VerifyImageRequest {
  readonly image: ImageReference & { readonly digest: Digest };
  /** Each must be there. */
  readonly predicateTypes: readonly string[];
  readonly signer: SignerPolicy;
  /** Of promotions: where the image must have come to. */
  readonly environment?: string;
  /** Whether a signature as cosign kept it before version 3 counts as well, where no newer one does. */
  readonly classic?: boolean;
  /** Read once something hangs there that could be signed. */
  readonly trusted: () => readonly TrustedInstance[];
}

/** Checks an image and, of an index, every platform's manifest. */
export async function verifyImage(client: RegistryClient, request: VerifyImageRequest): Promise<ImageVerification> {
  const registry = listedOnce(client);
  const places = await platformsOf(registry, request.image);
  const checks: ImageCheck[] = [];
  for (const predicateType of request.predicateTypes) {
    for (const place of places) checks.push(await checkOne(registry, request, place, predicateType));
  }
  return { ok: checks.every((one) => one.ok) && checks.length > 0, checks };
}

/** What hangs on each manifest is asked once, however many types are wanted of it. */
function listedOnce(client: RegistryClient): RegistryClient {
  const lists = new Map<Digest, ReturnType<RegistryClient['referrers']>>();
  return {
    ...client,
    referrers: (subject) => {
      const list = lists.get(subject.digest) ?? client.referrers(subject);
      lists.set(subject.digest, list);
      return list;
    },
  };
}

async function checkOne(
  registry: RegistryClient,
  { image, signer, trusted, environment, classic }: VerifyImageRequest,
  place: Place,
  predicateType: string,
): Promise<ImageCheck> {
  const wanted = {
    digest: place.digest,
    predicateType,
    signer,
    ...(environment === undefined ? {} : { environment }),
  };
  const at = { ...image, digest: place.digest };
  const { verified, reasons } = await readVerified(registry, at, wanted, trusted);
  if (verified !== undefined)
    return { ...place, predicateType, ok: true, reasons: [verified.identity], statement: verified.statement };
  if (classic !== true || predicateType !== predicateTypes.signature)
    return { ...place, predicateType, ok: false, reasons };
  const older = await readVerifiedClassic(registry, at, wanted, trusted);
  if (older.identity !== undefined) return { ...place, predicateType, ok: true, reasons: [older.identity] };
  return { ...place, predicateType, ok: false, reasons: [...reasons, ...older.reasons] };
}

/** The same for signatures of before cosign 3. */
async function readVerifiedClassic(
  registry: RegistryClient,
  image: VerifyImageRequest['image'],
  wanted: WantedStatement,
  trusted: () => readonly TrustedInstance[],
): Promise<{ readonly identity?: string; readonly reasons: readonly string[] }> {
  const reasons = new Set<string>();
  for await (const signature of readClassic(registry, image)) {
    const verdict = verifyClassic(signature, wanted, trusted());
    if (verdict.ok) return { identity: verdict.identity, reasons: [] };
    reasons.add(`${classicTag(image.digest)}: ${verdict.reason}`);
  }
  if (reasons.size === 0) reasons.add(`nor a signature under ${classicTag(image.digest)}`);
  return { reasons: [...reasons] };
}

/** A bundle that counts. */
export interface VerifiedBundle {
  readonly predicateType: string;
  readonly bytes: Uint8Array;
  readonly statement: Statement;
  readonly identity: string;
}

/** The first bundle on a manifest that is what is wanted; where none is, why each is not. */
export async function readVerified(
  registry: RegistryClient,
  { registry: host, repository, digest }: ImageReference & { readonly digest: Digest },
  wanted: WantedStatement,
  trusted: () => readonly TrustedInstance[],
): Promise<{ readonly verified?: VerifiedBundle; readonly reasons: readonly string[] }> {
  const { predicateType } = wanted;
  const reasons: string[] = [];
  const fits = (type: string): boolean => samePredicate(type, predicateType);
  for await (const bytes of readBundles(registry, { registry: host, repository, digest }, fits)) {
    const verdict = verifyBundle(bytes, wanted, trusted());
    if (verdict.ok) {
      const { statement, identity } = verdict;
      return { verified: { predicateType, bytes, statement, identity }, reasons };
    }
    reasons.push(verdict.reason);
  }
  if (reasons.length === 0) reasons.push('nothing of this type hangs on it');
  return { reasons: [...new Set(reasons)] };
}

import { TrunklineError } from '../errors.ts';
import { type Digest, isDigest } from '../model/digest.ts';
import { digestOf } from './digest-of.ts';
import type { ImageReference } from './image-reference.ts';
import { pages, readJson } from './pages.ts';
import { putBytes } from './put-bytes.ts';
import type { OciDescriptor, OciManifest, RegistryClient } from './registry-client.ts';
import { registryFailure } from './registry-failure.ts';
import type { RegistrySession } from './registry-session.ts';

/** What hangs on an image: a manifest with a subject, and one layer. */
export interface Referrer {
  readonly artifactType: string;
  readonly layer: { readonly mediaType: string; readonly bytes: Uint8Array };
  readonly annotations: Readonly<Record<string, string>>;
}

export type Subject = ImageReference & { readonly digest: Digest };
type Client = Pick<RegistryClient, 'getManifest' | 'putBlob' | 'putManifest' | 'resolve'>;

const indexType = 'application/vnd.oci.image.index.v1+json';
const manifestType = 'application/vnd.oci.image.manifest.v1+json';
const emptyConfig = { mediaType: 'application/vnd.oci.empty.v1+json', bytes: Buffer.from('{}') };
/** How often the fallback index is written again when another writer was faster. */
const attempts = 6;

/**
 * What hangs on an image, by the referrers API, or by the tag `sha256-…` where the registry has none (distribution
 * specification 1.1, "Listing referrers"). All pages. `without`: registries that were found to have none, which are not
 * asked again.
 */
export async function listReferrers(
  session: RegistrySession,
  client: Client,
  subject: Subject,
  without: Set<string>,
): Promise<readonly OciDescriptor[]> {
  const found: OciDescriptor[] = [];
  const first = `/v2/${subject.repository}/referrers/${subject.digest}`;
  if (without.has(subject.registry)) return fallbackReferrers(client, subject);
  for await (const response of pages(session, subject, first, { headers: { accept: indexType } })) {
    // A registry without the API answers 404, or a page of its own.
    const known = response.ok && (response.headers.get('content-type') ?? '').startsWith(indexType);
    if (!known) {
      if (!response.ok && ![400, 404, 405, 406].includes(response.status))
        throw await registryFailure(response, `what hangs on ${subject.digest}`);
      await response.body?.cancel();
      without.add(subject.registry);
      return fallbackReferrers(client, subject);
    }
    found.push(...((await readJson<OciManifest>(response)).manifests ?? []).filter(({ digest }) => isDigest(digest)));
  }
  return found;
}

/** Pushes it, and keeps the fallback tag where the registry does not say that it keeps the list itself. */
export async function pushReferrer(
  session: RegistrySession,
  client: Client,
  subject: Subject,
  referrer: Referrer,
): Promise<Digest> {
  const target = await client.resolve(subject);
  // Of a subject all three have to be said, and not every registry says them without its bytes.
  const whole = target !== undefined && target.size > 0 && target.mediaType !== '';
  const descriptor = whole ? target : (await client.getManifest(subject)).descriptor;
  const config = await putBytes(client, subject, emptyConfig.mediaType, emptyConfig.bytes);
  const layer = await putBytes(client, subject, referrer.layer.mediaType, referrer.layer.bytes);
  const bytes = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: manifestType,
      artifactType: referrer.artifactType,
      config,
      layers: [layer],
      subject: { mediaType: descriptor.mediaType, digest: descriptor.digest, size: descriptor.size },
      annotations: referrer.annotations,
    }),
  );
  const digest = digestOf(bytes);
  const response = await session.send(subject, 'PUT', `/v2/${subject.repository}/manifests/${digest}`, {
    headers: { 'content-type': manifestType },
    body: () => bytes,
  });
  if (response.status !== 201) throw await registryFailure(response, `what hangs on ${subject.digest}`);
  await response.body?.cancel();
  if (response.headers.get('oci-subject') !== subject.digest) {
    const entry = {
      mediaType: manifestType,
      digest,
      size: bytes.length,
      artifactType: referrer.artifactType,
      annotations: referrer.annotations,
    };
    await addToFallback(client, subject, entry);
  }
  return digest;
}

/** Where a registry has no referrers API: an index under a tag made of the digest. */
export function fallbackTag(digest: Digest): string {
  return digest.replace(':', '-').slice(0, 128);
}

/** Empty where nothing was ever hung on it. */
async function fallbackReferrers(client: Client, subject: Subject): Promise<readonly OciDescriptor[]> {
  const image = { registry: subject.registry, repository: subject.repository, tag: fallbackTag(subject.digest) };
  try {
    return (await client.getManifest(image)).manifest.manifests ?? [];
  } catch (error) {
    if (error instanceof TrunklineError && error.code === 'DIGEST_NOT_FOUND') return [];
    throw error;
  }
}

/**
 * No registry offers to write a tag only if nobody else did meanwhile: written, read again, and written again until
 * ours is in it. What another writer put in between is kept, as far as it was there to be read. @throws REGISTRY_FAILED
 */
async function addToFallback(client: Client, subject: Subject, entry: OciDescriptor): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    const listed = await fallbackReferrers(client, subject);
    if (listed.some((one) => one.digest === entry.digest)) return;
    if (attempt === attempts)
      throw new TrunklineError(
        'REGISTRY_FAILED',
        `expected ${entry.digest} in the list of what hangs on ${subject.digest}, found that others wrote it at the same moment`,
        { hint: 'let what hangs something on one image run one after the other' },
      );
    const manifests = [...listed, entry];
    const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: indexType, manifests }));
    await client.putManifest(subject, { mediaType: indexType, bytes, tag: fallbackTag(subject.digest) });
  }
}

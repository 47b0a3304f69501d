import type { Readable } from 'node:stream';
import { TrunklineError } from '../errors.ts';
import { type Digest, isDigest } from '../model/digest.ts';
import type { Clock } from '../ports.ts';
import { bodyOf } from './body-of.ts';
import { digestOf } from './digest-of.ts';
import { formatImageReference, type ImageReference } from './image-reference.ts';
import { pages, readJson } from './pages.ts';
import { parseManifest } from './parse-manifest.ts';
import { listReferrers, pushReferrer, type Referrer, type Subject } from './referrers.ts';
import { registryFailure } from './registry-failure.ts';
import { createRegistrySession } from './registry-session.ts';
import { type BlobSource, uploadBlob } from './upload-blob.ts';
import { verifyDigest } from './verify-digest.ts';

export interface Credentials {
  readonly username: string;
  readonly password: string;
  /** What docker keeps of some registries (Azure's) instead of a password: it buys tokens, and nothing else. */
  readonly identityToken?: string;
}

export interface RegistryClientOptions {
  readonly fetch: typeof globalThis.fetch;
  /** Asked once a registry; undefined is anonymous. */
  readonly credentials?: (registry: string) => Credentials | undefined;
  /** With it, what failed in passing is asked again. */
  readonly clock?: Pick<Clock, 'now' | 'sleep'>;
  /** Blobs larger than this many bytes are uploaded in chunks of it, and go on where a connection broke; 64 MiB by default. */
  readonly chunk?: number;
}

export interface OciDescriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
  readonly platform?: { readonly os: string; readonly architecture: string; readonly variant?: string };
  readonly annotations?: Readonly<Record<string, string>>;
  /** Of a manifest in a list of referrers. */
  readonly artifactType?: string;
}

/** A manifest or an index, as its bytes say. */
export interface OciManifest {
  readonly schemaVersion: 2;
  readonly mediaType?: string;
  readonly config?: OciDescriptor;
  readonly layers?: readonly OciDescriptor[];
  /** Of an index. */
  readonly manifests?: readonly OciDescriptor[];
  /** What it hangs on. */
  readonly subject?: OciDescriptor;
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** What a repository in a registry is, without tag or digest. */
export type ImageRepository = Pick<ImageReference, 'registry' | 'repository'>;

/** What became of a manifest that was to go: it went, was gone before, or has to stay, for the registry's reason. */
export type Removal = 'gone' | 'absent' | { readonly refused: string };

/** Statuses of a registry that keeps this one manifest, and others not: what is referred to, or may not change. */
const kept = new Set([400, 409, 412, 423]);

/** Talks to any registry of the distribution specification 1.1; every digest is checked, on the way in and out. */
export interface RegistryClient {
  /** The digest behind a tag or digest; undefined where the registry has none. */
  resolve(image: ImageReference): Promise<OciDescriptor | undefined>;
  /** @throws DIGEST_NOT_FOUND, REGISTRY_FAILED */
  getManifest(image: ImageReference): Promise<{ descriptor: OciDescriptor; bytes: Uint8Array; manifest: OciManifest }>;
  hasBlob(repository: ImageRepository, digest: Digest): Promise<boolean>;
  /** Fails at its end, with REGISTRY_FAILED, when the bytes are not the digest's. @throws DIGEST_NOT_FOUND */
  getBlob(repository: ImageRepository, digest: Digest): Promise<Readable>;
  /**
   * Uploads nothing that is there already, nor what another repository of the registry has that `mountFrom` names and that
   * may be read. `content` is called only when it is needed.
   */
  putBlob(repository: ImageRepository, blob: BlobSource, mountFrom?: string): Promise<void>;
  /** Under its digest, or under a tag. */
  putManifest(
    repository: ImageRepository,
    manifest: { readonly mediaType: string; readonly bytes: Uint8Array; readonly tag?: string },
  ): Promise<Digest>;
  tags(repository: ImageRepository): Promise<readonly string[]>;
  /** @throws REGISTRY_FAILED where the registry deletes nothing, or not by these credentials */
  deleteManifest(image: Subject): Promise<Removal>;
  /** Manifests that name this one as their subject: signatures, attestations, SBOMs. */
  referrers(subject: Subject): Promise<readonly OciDescriptor[]>;
  /** Hangs something on a manifest, also where the registry keeps no list of referrers itself. */
  pushReferrer(subject: Subject, referrer: Referrer): Promise<Digest>;
}

const manifestTypes = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');

export function createRegistryClient(options: RegistryClientOptions): RegistryClient {
  const session = createRegistrySession(options);
  const withoutReferrers = new Set<string>();
  const path = (repository: ImageRepository, rest: string): string => `/v2/${repository.repository}/${rest}`;

  async function hasBlob(repository: ImageRepository, digest: Digest): Promise<boolean> {
    const response = await session.send(repository, 'HEAD', path(repository, `blobs/${digest}`));
    if (response.status === 404) return false;
    if (!response.ok) throw await registryFailure(response, `a look at ${digest}`);
    return true;
  }

  const client: RegistryClient = {
    hasBlob,

    resolve: async (image) => {
      const reference = image.digest ?? image.tag ?? 'latest';
      const response = await session.send(image, 'HEAD', path(image, `manifests/${reference}`), {
        headers: { accept: manifestTypes },
      });
      if (response.status === 404) return undefined;
      const { headers } = response;
      const digest = headers.get('docker-content-digest') ?? image.digest ?? '';
      if (!response.ok || !isDigest(digest)) throw await registryFailure(response, formatImageReference(image));
      if (image.digest !== undefined && digest !== image.digest) throw mistaken(image, digest);
      // Of an answer that was packed on its way, nothing says how long it is.
      const packed = headers.get('content-encoding') !== null;
      return {
        mediaType: mediaTypeOf(headers),
        digest,
        size: packed ? 0 : Number(headers.get('content-length') ?? 0),
      };
    },

    getManifest: async (image) => {
      const reference = image.digest ?? image.tag ?? 'latest';
      const response = await session.send(image, 'GET', path(image, `manifests/${reference}`), {
        headers: { accept: manifestTypes },
      });
      if (response.status === 404) throw absent(formatImageReference(image));
      if (!response.ok) throw await registryFailure(response, formatImageReference(image));
      const bytes = new Uint8Array(await response.arrayBuffer());
      const digest = digestOf(bytes);
      if (image.digest !== undefined && image.digest !== digest) throw mistaken(image, digest);
      const manifest = parseManifest(bytes);
      if (manifest === undefined)
        throw new TrunklineError(
          'REGISTRY_FAILED',
          `expected a manifest behind ${formatImageReference(image)}, found something else`,
        );
      const mediaType = mediaTypeOf(response.headers) || (manifest.mediaType ?? '');
      return { descriptor: { mediaType, digest, size: bytes.length }, bytes, manifest };
    },

    getBlob: async (repository, digest) => {
      const response = await session.send(repository, 'GET', path(repository, `blobs/${digest}`));
      if (response.status === 404) throw absent(`${repository.registry}/${repository.repository} blob ${digest}`);
      if (!response.ok || response.body === null) throw await registryFailure(response, digest);
      return verifyDigest(await bodyOf(response), digest);
    },

    putBlob: async (repository, blob, mountFrom) => {
      if (await hasBlob(repository, blob.digest)) return;
      const chunk = options.chunk ?? 64 * 1024 * 1024;
      const arrived = (): Promise<boolean> => hasBlob(repository, blob.digest);
      await uploadBlob(session, repository, blob, {
        chunk,
        arrived,
        ...(mountFrom === undefined ? {} : { mountFrom }),
      });
    },

    putManifest: async (repository, manifest) => {
      const digest = digestOf(manifest.bytes);
      const reference = manifest.tag ?? digest;
      const response = await session.send(repository, 'PUT', path(repository, `manifests/${reference}`), {
        headers: { 'content-type': manifest.mediaType },
        body: () => manifest.bytes,
      });
      if (response.status !== 201) throw await registryFailure(response, `the manifest ${reference}`);
      await response.body?.cancel();
      return digest;
    },

    tags: async (repository) => {
      const tags: string[] = [];
      for await (const response of pages(session, repository, path(repository, 'tags/list?n=1000'))) {
        if (response.status === 404) return tags;
        if (!response.ok) throw await registryFailure(response, `the tags of ${repository.repository}`);
        tags.push(...((await readJson<{ tags?: string[] | null }>(response)).tags ?? []));
      }
      return tags;
    },

    deleteManifest: async (image) => {
      const response = await session.send(image, 'DELETE', path(image, `manifests/${image.digest}`));
      if (response.status === 404) return 'absent';
      if (!response.ok) {
        const failure = await registryFailure(response, `to delete ${image.digest}`);
        if (kept.has(response.status)) return { refused: failure.message };
        throw failure;
      }
      await response.body?.cancel();
      return 'gone';
    },

    referrers: (subject) => listReferrers(session, client, subject, withoutReferrers),
    pushReferrer: (subject, referrer) => pushReferrer(session, client, subject, referrer),
  };
  return client;
}

function mistaken(image: ImageReference, found: Digest): TrunklineError {
  return new TrunklineError(
    'REGISTRY_FAILED',
    `expected the manifest ${image.digest}, found bytes of ${found} (${image.registry}/${image.repository})`,
  );
}

/** Without what may stand behind it: `; charset=utf-8`. */
function mediaTypeOf(headers: Headers): string {
  return (headers.get('content-type') ?? '').split(';', 1)[0]?.trim() ?? '';
}

function absent(what: string): TrunklineError {
  return new TrunklineError('DIGEST_NOT_FOUND', `expected ${what} in the registry, found nothing`, {
    hint: 'check that the build pushed it, and to this registry',
  });
}

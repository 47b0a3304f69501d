import type { IncomingMessage } from 'node:http';
import { type Digest, isDigest } from '../../model/digest.ts';
import { RegistryError } from './registry-answers.ts';
import type { RegistryStore } from './registry-store.ts';

interface ManifestText {
  readonly mediaType?: string;
  readonly config?: { readonly mediaType?: string } | null;
  readonly layers?: unknown;
  readonly manifests?: unknown;
  readonly subject?: unknown;
  readonly artifactType?: string;
  readonly annotations?: unknown;
}

interface ManifestCall {
  readonly message: IncomingMessage;
  /** The package, `acme/api`. */
  readonly name: string;
}

const largestManifest = 4 * 1024 * 1024;

export interface CheckedManifest {
  readonly mediaType: string;
  /** What it hangs on, which need not be here. */
  readonly subject?: Digest;
  /** What a list of referrers says of it. */
  readonly referrer: { readonly artifactType?: string; readonly annotations?: unknown };
}

/** Everything that a manifest names must be here already: nobody can pull half an image. */
export async function checkManifest(store: RegistryStore, call: ManifestCall, bytes: Buffer): Promise<CheckedManifest> {
  const invalid = (why: string): RegistryError => new RegistryError(400, 'MANIFEST_INVALID', why);
  let manifest: ManifestText;
  try {
    manifest = JSON.parse(bytes.toString('utf8')) as ManifestText;
  } catch {
    throw invalid('the manifest is not JSON');
  }
  if (typeof manifest !== 'object' || manifest === null) throw invalid('the manifest is not an object');
  const children = digestsOf(manifest.manifests);
  const blobs = digestsOf([...(manifest.config === undefined ? [] : [manifest.config]), ...list(manifest.layers)]);
  if (children === undefined || blobs === undefined) throw invalid('a descriptor has no sha256 digest');
  for (const child of children) {
    if (!(await store.hasManifest(call.name, child))) {
      throw new RegistryError(404, 'MANIFEST_BLOB_UNKNOWN', `manifest ${child} unknown to registry`);
    }
  }
  for (const blob of blobs) {
    if ((await store.blobSize(call.name, blob)) === undefined) {
      throw new RegistryError(404, 'MANIFEST_BLOB_UNKNOWN', `blob ${blob} unknown to registry`);
    }
  }
  const subjects = digestsOf(manifest.subject === undefined ? [] : [manifest.subject]);
  if (subjects === undefined) throw invalid('the subject has no sha256 digest');
  const [subject] = subjects;
  const artifactType = manifest.artifactType ?? manifest.config?.mediaType;
  return {
    mediaType:
      call.message.headers['content-type'] ?? manifest.mediaType ?? 'application/vnd.oci.image.manifest.v1+json',
    ...(subject === undefined ? {} : { subject }),
    referrer: {
      ...(artifactType === undefined ? {} : { artifactType }),
      ...(manifest.annotations === undefined ? {} : { annotations: manifest.annotations }),
    },
  };
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function digestsOf(value: unknown): readonly Digest[] | undefined {
  const digests = list(value).map((entry) => (entry as { digest?: unknown } | null)?.digest);
  return digests.every((digest) => typeof digest === 'string' && isDigest(digest)) ? (digests as Digest[]) : undefined;
}

/** A manifest's bytes. */
export async function readAll(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > largestManifest) throw new RegistryError(413, 'MANIFEST_INVALID', 'a manifest has 4 MiB at most');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

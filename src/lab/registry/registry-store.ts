import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { appendFile, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Digest } from '../../model/digest.ts';
import type { PackageRecord, PackageRole, PackageShares } from './registry-access.ts';

/** A descriptor of a manifest that hangs on another. */
export interface ReferrerRecord {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
  readonly artifactType?: string;
  readonly annotations?: unknown;
}

/**
 * Blobs by digest, shared by all packages; each package knows which of them are its own, so that a private image's layer
 * is not to be had by the name of a public one. Every file appears whole, by a rename.
 */
export class RegistryStore {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async open(): Promise<void> {
    // Uploads that a killed lab left are nobody's.
    await rm(join(this.#folder, 'uploads'), { recursive: true, force: true });
    await mkdir(join(this.#folder, 'uploads'), { recursive: true });
    await mkdir(join(this.#folder, 'blobs'), { recursive: true });
  }

  async record(name: string): Promise<PackageRecord | undefined> {
    const text = await readIfThere(join(this.#package(name), 'package.json'));
    return text === undefined ? undefined : (JSON.parse(text) as PackageRecord);
  }

  async create(name: string, record: PackageRecord): Promise<void> {
    await this.#write(join(this.#package(name), 'package.json'), JSON.stringify(record));
  }

  /** What jobs of other repositories may do with a repository's packages. */
  async shares(repositoryId: number | undefined): Promise<PackageShares> {
    if (repositoryId === undefined) return {};
    return JSON.parse((await readIfThere(this.#shares(repositoryId))) ?? '{}') as PackageShares;
  }

  /** As a package's settings do it on GitHub, which has no API for it. */
  async share(repositoryId: number, other: number, role: PackageRole): Promise<void> {
    const shares = { ...(await this.shares(repositoryId)), [other]: role };
    await this.#write(this.#shares(repositoryId), JSON.stringify(shares));
  }

  async blobSize(name: string, digest: Digest): Promise<number | undefined> {
    if ((await readIfThere(this.#link(name, 'blobs', digest))) === undefined) return undefined;
    return (await stat(this.#blob(digest)).catch(() => undefined))?.size;
  }

  readBlob(digest: Digest): Readable {
    return createReadStream(this.#blob(digest));
  }

  /** Answers whether the other package had it. */
  async mount(name: string, digest: Digest, from: string): Promise<boolean> {
    if ((await this.blobSize(from, digest)) === undefined) return false;
    await this.#write(this.#link(name, 'blobs', digest), '');
    return true;
  }

  async startUpload(): Promise<string> {
    const id = randomUUID();
    await writeFile(this.#upload(id), '');
    return id;
  }

  /** Bytes so far; undefined where there is no such upload. */
  async uploadSize(id: string): Promise<number | undefined> {
    return (await stat(this.#upload(id)).catch(() => undefined))?.size;
  }

  async append(id: string, body: Readable): Promise<number> {
    await pipeline(body, createWriteStream(this.#upload(id), { flags: 'a' }));
    return (await this.uploadSize(id)) ?? 0;
  }

  async cancelUpload(id: string): Promise<void> {
    await rm(this.#upload(id), { force: true });
  }

  /** Answers false, and forgets the upload, when its bytes are not the digest's. */
  async finishUpload(name: string, id: string, digest: Digest): Promise<boolean> {
    const hash = createHash('sha256');
    await pipeline(createReadStream(this.#upload(id)), hash);
    if (`sha256:${hash.digest('hex')}` !== digest) {
      await this.cancelUpload(id);
      return false;
    }
    await mkdir(dirname(this.#blob(digest)), { recursive: true });
    await rename(this.#upload(id), this.#blob(digest));
    await this.#write(this.#link(name, 'blobs', digest), '');
    return true;
  }

  async putManifest(
    name: string,
    manifest: { digest: Digest; mediaType: string; bytes: Uint8Array; tag?: string },
  ): Promise<void> {
    await this.#write(this.#blob(manifest.digest), manifest.bytes);
    await this.#write(this.#link(name, 'manifests', manifest.digest), manifest.mediaType);
    if (manifest.tag !== undefined) await this.#write(join(this.#package(name), 'tags', manifest.tag), manifest.digest);
  }

  async manifest(name: string, digest: Digest): Promise<{ mediaType: string; bytes: Buffer } | undefined> {
    const mediaType = await readIfThere(this.#link(name, 'manifests', digest));
    return mediaType === undefined ? undefined : { mediaType, bytes: await readFile(this.#blob(digest)) };
  }

  /** Every manifest of a package, with the time at which it came. */
  async manifests(name: string): Promise<readonly { readonly digest: Digest; readonly at: number }[]> {
    const folder = join(this.#package(name), 'manifests');
    const names = await readdir(folder).catch(() => []);
    return Promise.all(
      names.map(async (hex) => ({
        digest: `sha256:${hex}` as Digest,
        at: (await stat(join(folder, hex))).mtimeMs,
      })),
    );
  }

  async hasManifest(name: string, digest: Digest): Promise<boolean> {
    return (await readIfThere(this.#link(name, 'manifests', digest))) !== undefined;
  }

  async tag(name: string, tag: string): Promise<Digest | undefined> {
    return (await readIfThere(join(this.#package(name), 'tags', tag))) as Digest | undefined;
  }

  async tags(name: string): Promise<readonly string[]> {
    const names = await readdir(join(this.#package(name), 'tags')).catch(() => []);
    return names.filter((entry) => !entry.startsWith('.')).sort();
  }

  /** Takes a manifest, its tags and its place in lists of referrers away; its bytes stay. Answers whether it was there. */
  async deleteManifest(name: string, digest: Digest): Promise<boolean> {
    if (!(await this.hasManifest(name, digest))) return false;
    for (const tag of await this.tags(name))
      if ((await this.tag(name, tag)) === digest) await this.deleteTag(name, tag);
    const { bytes } = (await this.manifest(name, digest)) ?? {};
    const { subject } = JSON.parse(bytes?.toString('utf8') ?? '{}') as { subject?: { digest?: Digest } };
    if (subject?.digest !== undefined) {
      await rm(join(this.#link(name, 'referrers', subject.digest), digest.slice('sha256:'.length)), { force: true });
    }
    await rm(this.#link(name, 'manifests', digest), { force: true });
    return true;
  }

  async deleteTag(name: string, tag: string): Promise<boolean> {
    if ((await this.tag(name, tag)) === undefined) return false;
    await rm(join(this.#package(name), 'tags', tag), { force: true });
    return true;
  }

  /** Remembers that a manifest hangs on another, as lists of referrers describe it. */
  async addReferrer(name: string, subject: Digest, referrer: ReferrerRecord): Promise<void> {
    const hex = referrer.digest.slice('sha256:'.length);
    await this.#write(join(this.#link(name, 'referrers', subject), hex), JSON.stringify(referrer));
  }

  async referrers(name: string, subject: Digest): Promise<readonly ReferrerRecord[]> {
    const folder = this.#link(name, 'referrers', subject);
    const names = await readdir(folder).catch(() => []);
    const texts = await Promise.all(names.sort().map((entry) => readFile(join(folder, entry), 'utf8')));
    return texts.map((text) => JSON.parse(text) as ReferrerRecord);
  }

  #shares(repositoryId: number): string {
    return join(this.#folder, 'shares', `${repositoryId}.json`);
  }

  async #write(path: string, content: string | Uint8Array): Promise<void> {
    const temporary = this.#upload(`${randomUUID()}.part`);
    await appendFile(temporary, content);
    await mkdir(dirname(path), { recursive: true });
    await rename(temporary, path);
  }

  #blob(digest: Digest): string {
    const hex = digest.slice('sha256:'.length);
    return join(this.#folder, 'blobs', hex.slice(0, 2), hex);
  }

  /** One folder a package: a name's slashes are encoded, so that no package can lie inside another. */
  #package(name: string): string {
    return join(this.#folder, 'packages', encodeURIComponent(name));
  }

  #link(name: string, kind: 'blobs' | 'manifests' | 'referrers', digest: Digest): string {
    return join(this.#package(name), kind, digest.slice('sha256:'.length));
  }

  #upload(id: string): string {
    return join(this.#folder, 'uploads', id);
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined);
}

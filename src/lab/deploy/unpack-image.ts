import { createWriteStream } from 'node:fs';
import { chmod, copyFile, mkdir, readdir, realpath, rm, symlink } from 'node:fs/promises';
import { basename, dirname, join, posix, relative, sep } from 'node:path';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { TrunklineError } from '../../errors.ts';
import { formatImageReference, type ImageReference } from '../../registry/image-reference.ts';
import type { RegistryClient } from '../../registry/registry-client.ts';

/** How an image wants to be run, as its configuration says. */
export interface ImageConfig {
  readonly Env?: readonly string[];
  readonly Entrypoint?: readonly string[] | null;
  readonly Cmd?: readonly string[] | null;
  readonly WorkingDir?: string;
  readonly Labels?: Readonly<Record<string, string>> | null;
}

/** Writes the image's files into the empty folder, layer over layer. @throws DIGEST_NOT_FOUND, REGISTRY_FAILED */
export async function unpackImage(
  registry: Pick<RegistryClient, 'getManifest' | 'getBlob'>,
  image: ImageReference,
  folder: string,
): Promise<ImageConfig> {
  let { manifest } = await registry.getManifest(image);
  if (manifest.manifests !== undefined) {
    const architecture = process.arch === 'x64' ? 'amd64' : process.arch;
    const wanted = manifest.manifests.filter(({ platform }) => platform?.os === 'linux');
    const child = wanted.find(({ platform }) => platform?.architecture === architecture) ?? wanted[0];
    if (child === undefined) {
      throw new TrunklineError('REGISTRY_FAILED', `${formatImageReference(image)} is an index without a Linux image`);
    }
    ({ manifest } = await registry.getManifest({ ...image, digest: child.digest }));
  }
  const { config, layers } = manifest;
  if (config === undefined || layers === undefined) {
    throw new TrunklineError('REGISTRY_FAILED', `${formatImageReference(image)} is no image: it has no configuration`);
  }
  const text = await buffer(await registry.getBlob(image, config.digest));
  await mkdir(folder, { recursive: true });
  for (const layer of layers) {
    if (/zstd/.test(layer.mediaType)) {
      throw new TrunklineError('UNSUPPORTED', `the lab does not unpack layers of type ${layer.mediaType}`);
    }
    await unpackLayer(await registry.getBlob(image, layer.digest), /gzip/.test(layer.mediaType), folder);
  }
  return (JSON.parse(text.toString('utf8')) as { config?: ImageConfig }).config ?? {};
}

/**
 * Unpacks one layer. Entries that lead out of the folder, by their name or through a link, are refused;
 * devices and owners are left out. Whiteouts remove what lower layers brought.
 */
export async function unpackLayer(layer: Readable, compressed: boolean, folder: string): Promise<void> {
  const { extract } = await import('tar-stream');
  const root = await realpath(folder);
  const entries = extract();
  const reading = compressed ? pipeline(layer, createGunzip(), entries) : pipeline(layer, entries);
  const writing = (async () => {
    for await (const entry of entries) {
      const { header } = entry;
      const name = posix.normalize(`/${header.name}`).slice(1).replace(/\/$/, '');
      if (name === '') {
        entry.resume();
        continue;
      }
      const path = join(root, name);
      await mkdir(dirname(path), { recursive: true });
      await stayInside(root, dirname(path), header.name);
      if (basename(path) === '.wh..wh..opq') {
        for (const child of await readdir(dirname(path))) {
          await rm(join(dirname(path), child), { recursive: true, force: true });
        }
        entry.resume();
        continue;
      }
      if (basename(path).startsWith('.wh.')) {
        await rm(join(dirname(path), basename(path).slice('.wh.'.length)), { recursive: true, force: true });
        entry.resume();
        continue;
      }
      if (header.type === 'directory') {
        await mkdir(path, { recursive: true });
        await stayInside(root, path, header.name);
      } else if (header.type === 'file') {
        await rm(path, { recursive: true, force: true });
        await pipeline(entry, createWriteStream(path));
        await chmod(path, (header.mode ?? 0o644) & 0o777);
        continue;
      } else if (header.type === 'symlink') {
        await rm(path, { recursive: true, force: true });
        await symlink(insideTarget(root, path, header.linkname ?? ''), path);
      } else if (header.type === 'link') {
        await hardLink(root, header.linkname ?? '', path, header.name);
      }
      entry.resume();
    }
  })();
  await Promise.all([reading, writing]);
}

/** Absolute targets mean the image's root, not this machine's. */
function insideTarget(root: string, path: string, target: string): string {
  if (!target.startsWith('/')) return target;
  return relative(dirname(path), join(root, posix.normalize(target))) || '.';
}

async function hardLink(root: string, target: string, path: string, name: string): Promise<void> {
  const source = join(root, posix.normalize(`/${target}`));
  await stayInside(root, source, name);
  await rm(path, { recursive: true, force: true });
  await copyFile(source, path);
}

async function stayInside(root: string, path: string, name: string): Promise<void> {
  const real = await realpath(path);
  if (real !== root && !real.startsWith(root + sep)) {
    throw new TrunklineError('REGISTRY_FAILED', `the image's entry "${name}" leads out of its own folder`);
  }
}

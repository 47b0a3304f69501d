import { createReadStream, createWriteStream } from 'node:fs';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { digestOf } from '../../registry/digest-of.ts';
import { type AssembledImage, indexType, json } from './push-image.ts';

export interface ArchiveForm {
  /** `docker`: with what `docker load` reads besides. */
  readonly type: 'oci' | 'docker';
  /** What the archive says that the image is called. */
  readonly names: readonly string[];
}

/** A file of the archive: its bytes, or the file that has them. */
type ArchivedFile = { readonly name: string } & (
  | { readonly bytes: Buffer }
  | { readonly file: string; readonly size: number }
);

/**
 * Writes the image as one tar of an OCI layout (github.com/opencontainers/image-spec, image-layout.md), in the order of
 * names and without times: the same image is the same archive. @throws Error for `docker` and several platforms
 */
export async function writeArchive(image: AssembledImage, form: ArchiveForm, file: string): Promise<void> {
  const { pack } = await import('tar-stream');
  const fixed = { mtime: new Date(0), uid: 0, gid: 0, uname: '', gname: '' };
  const tar = pack();
  const files = layoutOf(image, form);
  const adding = (async () => {
    for (const folder of ['blobs/', 'blobs/sha256/'])
      tar.entry({ ...fixed, name: folder, type: 'directory', mode: 0o755 });
    for (const one of files) {
      const header = { ...fixed, name: one.name, mode: 0o644 };
      if ('bytes' in one) tar.entry(header, one.bytes);
      else await pipeline(createReadStream(one.file), tar.entry({ ...header, size: one.size }));
    }
    tar.finalize();
  })();
  await Promise.all([pipeline(tar, createWriteStream(file)), adding]);
}

/** The same as a folder. */
export async function writeLayout(image: AssembledImage, form: ArchiveForm, folder: string): Promise<void> {
  for (const one of layoutOf(image, form)) {
    const path = join(folder, one.name);
    await mkdir(dirname(path), { recursive: true });
    if ('bytes' in one) await writeFile(path, one.bytes);
    else await copyFile(one.file, path);
  }
}

function layoutOf(image: AssembledImage, { type, names }: ArchiveForm): readonly ArchivedFile[] {
  const { root, children, configs, layers } = image;
  if (type === 'docker' && children.length > 0)
    throw new Error('docker exporter does not currently support exporting manifest lists');
  const blob = (digest: string): string => `blobs/${digest.replace(':', '/')}`;
  const [name] = names;
  const index = {
    schemaVersion: 2,
    mediaType: indexType,
    manifests: [
      {
        mediaType: root.mediaType,
        digest: image.digest,
        size: root.bytes.length,
        ...(name === undefined ? {} : { annotations: { 'io.containerd.image.name': name } }),
      },
    ],
  };
  const saved = configs.map((config) => ({
    Config: blob(digestOf(config)),
    RepoTags: names,
    Layers: layers.map(({ digest }) => blob(digest)),
  }));
  return [
    ...[root, ...children].map(({ bytes }) => ({ name: blob(digestOf(bytes)), bytes })),
    ...configs.map((bytes) => ({ name: blob(digestOf(bytes)), bytes })),
    ...layers.map(({ file, size, digest }) => ({ name: blob(digest), file, size })),
    { name: 'index.json', bytes: json(index) },
    { name: 'oci-layout', bytes: json({ imageLayoutVersion: '1.0.0' }) },
    ...(type === 'docker' ? [{ name: 'manifest.json', bytes: json(saved) }] : []),
  ].sort((a, b) => (a.name < b.name ? -1 : 1));
}

import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readFile, realpath, rm } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { TrunklineError } from '../../errors.ts';
import { unpackLayer } from '../deploy/unpack-image.ts';
import type { ImagePart } from '../image/push-image.ts';
import { compressLayer, type Layer } from '../image/write-layer.ts';

interface ArchiveManifest {
  readonly Config: string;
  readonly Layers: readonly string[];
}

/**
 * Reads what `docker save` writes (podman and buildah write the same): a configuration, and layers, which are
 * compressed into the folder. The same archive gives the same digests. Every layer is checked against the configuration.
 */
export async function readDockerArchive(archive: string, folder: string): Promise<ImagePart> {
  const root = join(folder, `archive-${randomUUID()}`);
  await mkdir(root, { recursive: true });
  await unpackLayer(createReadStream(archive), false, root);
  await rm(archive);
  const inside = async (name: string): Promise<string> => {
    const path = await realpath(join(root, name));
    if (path.startsWith((await realpath(root)) + sep)) return path;
    throw new TrunklineError('LAB_FAILED', `the engine's archive names ${name}, which lies outside of it`);
  };
  const [manifest] = JSON.parse(await readFile(await inside('manifest.json'), 'utf8')) as ArchiveManifest[];
  if (manifest === undefined) throw new TrunklineError('LAB_FAILED', "expected an image in the engine's archive");
  const config = await readFile(await inside(manifest.Config));
  const { rootfs } = JSON.parse(config.toString('utf8')) as { rootfs?: { diff_ids?: readonly string[] } };
  const layers: Layer[] = [];
  for (const [index, name] of manifest.Layers.entries()) {
    const file = join(folder, `layer-${randomUUID()}.tar.gz`);
    const layer = await compressLayer(createReadStream(await inside(name)), file);
    const wanted = rootfs?.diff_ids?.[index];
    if (layer.diffId !== wanted) {
      throw new TrunklineError('LAB_FAILED', `expected the layer ${wanted ?? index}, found bytes of ${layer.diffId}`);
    }
    layers.push(layer);
  }
  await rm(root, { recursive: true, force: true });
  return { config, layers };
}

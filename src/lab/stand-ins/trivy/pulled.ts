import { createReadStream, existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TrunklineError } from '../../../errors.ts';
import { parseDigest } from '../../../model/digest.ts';
import { parseImageReference } from '../../../registry/image-reference.ts';
import type { OciManifest, RegistryClient } from '../../../registry/registry-client.ts';
import { unpackImage } from '../../deploy/unpack-image.ts';
import type { Scanned } from './trivy-report.ts';

/** An image of a registry, unpacked into the folder. @throws NOT_FOUND */
export async function pulled(registry: RegistryClient, name: string, folder: string): Promise<Scanned> {
  const image = parseImageReference(name);
  const found = await registry.resolve(image);
  if (found === undefined) throw new TrunklineError('NOT_FOUND', `unable to find the specified image "${name}"`);
  await unpackImage(registry, { ...image, digest: found.digest }, folder);
  const repoDigests = [`${image.registry}/${image.repository}@${found.digest}`];
  return { name, type: 'container_image', repoDigests, folder };
}

/** An image that lies in a folder as an OCI layout, unpacked into another. @throws NOT_FOUND */
export async function unpackedLayout(layout: string, folder: string): Promise<Scanned> {
  const index = join(layout, 'index.json');
  if (!existsSync(index))
    throw new TrunklineError(
      'NOT_FOUND',
      `unable to open ${layout} as an OCI layout: expected index.json, found none`,
      {
        hint: 'tar -xf image.tar -C image, and name the folder',
      },
    );
  const { manifests = [] } = JSON.parse(await readFile(index, 'utf8')) as OciManifest;
  const [root] = manifests;
  if (root === undefined) throw new TrunklineError('NOT_FOUND', `expected an image in ${layout}, found none`);
  const blob = (digest: string): string => join(layout, 'blobs', parseDigest(digest).replace(':', '/'));
  const source: Pick<RegistryClient, 'getManifest' | 'getBlob'> = {
    getManifest: async ({ digest }) => {
      const descriptor = { ...root, digest: digest ?? root.digest };
      const bytes = await readFile(blob(descriptor.digest));
      return { descriptor, bytes, manifest: JSON.parse(bytes.toString('utf8')) as OciManifest };
    },
    getBlob: async (_, digest) => createReadStream(blob(digest)),
  };
  await unpackImage(source, { registry: 'layout', repository: layout, digest: root.digest }, folder);
  return { name: layout, type: 'container_image', repoDigests: [], folder };
}

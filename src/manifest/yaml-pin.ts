import { TrunklineError } from '../errors.ts';
import { applyEdits } from '../yaml/set-scalar.ts';
import { findByImage } from './find-by-image.ts';
import { findByPath } from './find-by-path.ts';
import { imageNode, readImageNode, setImageNode } from './image-node.ts';
import type { Pin, PinnedRelease } from './pin.ts';
import type { ManifestPlace } from './place.ts';

type YamlManifest = Extract<ManifestPlace, { kind: 'yaml' }>;

/**
 * What a YAML manifest pins: at a path of keys, or wherever the image of that name stands. A scalar names all of it
 * (`image: repo:tag@digest`), a mapping its parts (`repository`, `tag`, `digest`, as Helm values have them).
 * Undefined before the first release. @throws MANIFEST_INVALID
 */
export function readYamlPin(place: YamlManifest, text: string): Pin | undefined {
  return readImageNode(imageNode(find(place, text)));
}

/** The same text with the pin set; only the scalars that name the release change. Errors as `readYamlPin`. */
export function setYamlPin(place: YamlManifest, text: string, release: PinnedRelease): string {
  const node = imageNode(find(place, text));
  if (readImageNode(node)?.digest === release.digest) return text;
  return applyEdits(text, setImageNode(node, release));
}

function find(place: YamlManifest, text: string): ReturnType<typeof findByPath> {
  if (place.keys !== undefined) return findByPath({ ...place, keys: place.keys }, text);
  if (place.image !== undefined) return findByImage({ ...place, image: place.image }, text);
  throw new TrunklineError('MANIFEST_INVALID', 'expected a path or an image to look for, found neither', {
    location: { file: place.file },
  });
}

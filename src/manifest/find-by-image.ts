import { isMap, isNode, isScalar, isSeq } from 'yaml';
import { TrunklineError } from '../errors.ts';
import { narrowToText } from '../yaml/narrow.ts';
import { locatePlace, parsePart, rootPlace, stepInto, textOf, type YamlPlace } from '../yaml/yaml-part.ts';
import { type Choice, chosenDocuments } from './choose-document.ts';
import { parsePin } from './pin.ts';

/**
 * The one place that names an image without its tag and digest: a scalar such as `ghcr.io/acme/api:v1@sha256:…`, or a
 * mapping with a `repository`. @throws MANIFEST_INVALID where there is none, or more than one
 */
export function findByImage(place: Choice & { readonly image: string }, text: string): YamlPlace {
  const sought = place.image.split('/').at(-1) ?? place.image;
  const found = chosenDocuments(place, text)
    .filter(({ start, end }) => text.slice(start, end).includes(sought))
    .flatMap((range) => narrowToText(text, range, sought, ['repository', 'registry']))
    .flatMap((part) => imagesIn(rootPlace(parsePart(place.file, text, part)), place.image));
  const [first, second] = found;
  if (first === undefined) {
    throw new TrunklineError('MANIFEST_INVALID', `expected an image "${place.image}", found none`, {
      location: { file: place.file },
      hint: `write it once by hand (${place.image}:latest will do), or correct \`manifests\` in trunkline.yaml`,
    });
  }
  if (second === undefined) return first;
  throw new TrunklineError(
    'MANIFEST_INVALID',
    `expected the image "${place.image}" once, found it ${found.length} times`,
    {
      location: locatePlace(second),
      hint: 'say which by "path" instead of "image" in trunkline.yaml',
    },
  );
}

function imagesIn(place: YamlPlace, image: string): readonly YamlPlace[] {
  const { node } = place;
  // What an alias repeats is found where it is written.
  if (place.shared?.by === 'alias') return [];
  if (isScalar(node)) return imageOf(textOf(node) ?? '') === image ? [place] : [];
  if (isSeq(node)) {
    return node.items.flatMap((_, index) => {
      const item = stepInto(place, String(index));
      return item === undefined ? [] : imagesIn(item, image);
    });
  }
  if (!isMap(node)) return [];
  const part = (key: string): string => textOf(stepInto(place, key)?.node) ?? '';
  const full = [part('registry'), part('repository')].filter((one) => one !== '').join('/');
  if (part('repository') !== '' && (full === image || part('repository') === image)) return [place];
  return node.items.flatMap((pair) => {
    const key = isNode(pair.key) ? textOf(pair.key) : undefined;
    const inner = key === undefined || key === '<<' ? undefined : stepInto(place, key);
    return inner === undefined ? [] : imagesIn(inner, image);
  });
}

function imageOf(text: string): string | undefined {
  return text.includes('/') || text.includes(':') || text.includes('@') ? parsePin(text)?.image : undefined;
}

import { isMap, isScalar, isSeq } from 'yaml';
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
    .flatMap((part) => namedImages(rootPlace(parsePart(place.file, text, part))))
    .filter(({ images }) => images.includes(place.image))
    .map((one) => one.place);
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

/** A place that names an image, and how it may be called: parts with and without their registry. */
export interface NamedImage {
  readonly images: readonly string[];
  readonly place: YamlPlace;
}

/** Every place below one that names an image. */
export function namedImages(place: YamlPlace): readonly NamedImage[] {
  const { node } = place;
  // What an alias repeats is found where it is written.
  if (place.shared?.by === 'alias') return [];
  if (isScalar(node)) {
    const image = imageOf(textOf(node) ?? '');
    return image === undefined ? [] : [{ images: [image], place }];
  }
  if (isSeq(node)) {
    return node.items.flatMap((_, index) => {
      const item = stepInto(place, String(index));
      return item === undefined ? [] : namedImages(item);
    });
  }
  if (!isMap(node)) return [];
  const part = (key: string): string => textOf(stepInto(place, key)?.node) ?? '';
  const [registry, repository] = [part('registry'), part('repository')];
  const own = repository === '' ? [] : [{ images: [repository, `${registry}/${repository}`], place }];
  return [
    ...own,
    ...node.items.flatMap((pair) => {
      const key = textOf(pair.key);
      if (key === undefined || key === '<<' || (own.length > 0 && parts.has(key))) return [];
      const inner = stepInto(place, key);
      return inner === undefined ? [] : namedImages(inner);
    }),
  ];
}

const parts = new Set(['registry', 'repository', 'tag', 'digest']);

function imageOf(text: string): string | undefined {
  return text.includes('/') || text.includes(':') || text.includes('@') ? parsePin(text)?.image : undefined;
}

import { isScalar, isSeq } from 'yaml';
import { TrunklineError } from '../errors.ts';
import { documentRanges, narrow, type Range, sequenceItems } from '../yaml/narrow.ts';
import { applyEdits, type Edit, setScalar } from '../yaml/set-scalar.ts';
import { aliasOffset, locatePlace, parsePart, rootPlace, stepInto, textOf, type YamlPlace } from '../yaml/yaml-part.ts';
import { addImage, addKey } from './kustomize-add.ts';
import { composePin, labelOf, type Pin, type PinnedRelease } from './pin.ts';
import type { ManifestPlace } from './place.ts';

export type KustomizePlace = Extract<ManifestPlace, { kind: 'kustomize' }>;

/** What the entry of that name in `images:` pins; undefined where there is none yet. @throws MANIFEST_INVALID */
export function readKustomizePin(place: KustomizePlace, text: string): Pin | undefined {
  const entry = findEntry(place, text);
  return entry === undefined ? undefined : kustomizeEntryPin(place, entry);
}

/**
 * The same text with the release pinned: `digest` set, `newTag` beside it where the entry keeps one, `newName` on a first
 * release; an entry that is not there is added in the file's own style. Errors as `readKustomizePin`.
 */
export function setKustomizePin(place: KustomizePlace, text: string, release: PinnedRelease): string {
  const entry = findEntry(place, text);
  if (entry === undefined) return addImage(place, text, release);
  const before = kustomizeEntryPin(place, entry);
  if (before?.digest === release.digest) return text;
  const [name, tag, digest] = ['newName', 'newTag', 'digest'].map((key) => stepInto(entry, key));
  const edits: Edit[] = [];
  if (tag !== undefined && before?.tag !== undefined) edits.push(setScalar(tag, labelOf(release)));
  if (digest !== undefined) edits.push(setScalar(digest, release.digest));
  else edits.push(addKey(entry, 'digest', release.digest));
  const unnamed = name === undefined || textOf(name.node) === '';
  if (unnamed && before === undefined && release.image !== undefined && release.image !== place.image)
    edits.push(name === undefined ? addKey(entry, 'newName', release.image) : setScalar(name, release.image));
  return applyEdits(text, mergeInserts(edits));
}

/** Two keys that are added at one point become one piece. */
function mergeInserts(edits: readonly Edit[]): readonly Edit[] {
  const at = new Map<string, Edit>();
  for (const edit of edits) {
    const key = `${edit.start}-${edit.end}`;
    const other = at.get(key);
    at.set(key, other === undefined ? edit : { ...edit, text: other.text + edit.text });
  }
  return [...at.values()];
}

/** Finds the entry without parsing the others, where lines tell them apart. */
function findEntry(place: KustomizePlace, text: string): YamlPlace | undefined {
  const [range, second] = documentRanges(text);
  if (range === undefined) return undefined;
  if (second !== undefined) {
    throw new TrunklineError('MANIFEST_INVALID', 'expected one document in a kustomization, found several', {
      location: { file: place.file },
    });
  }
  const likely = likelyItems(place, text, range);
  if (likely !== undefined)
    return single(
      place,
      likely.flatMap((item) => entriesNamed(place, rootPlace(parsePart(place.file, text, item)))),
    );
  const images = stepInto(rootPlace(parsePart(place.file, text, range)), 'images');
  return images === undefined ? undefined : single(place, entriesNamed(place, images));
}

/** Items of `images:` that could be the one meant; undefined where the whole has to be parsed. */
function likelyItems({ image }: KustomizePlace, text: string, range: Range): readonly Range[] | undefined {
  const images = narrow(text, range, ['images']);
  if (!/^(?:images|"images"|'images')[ \t]*:/.test(text.slice(images.start, images.start + 80))) return undefined;
  const below = text.indexOf('\n', images.start) + 1;
  if (below === 0 || images.anchors.some((anchor) => aliasOffset(text, range, anchor) !== undefined)) return undefined;
  const items = sequenceItems(text, { start: below, end: images.end });
  if (items === undefined || items.length === 0) return undefined;
  const likely = items.filter(({ start, end }) => {
    const item = text.slice(start, end);
    return item.includes(image) || item.includes('\\');
  });
  // Anchors and aliases mean something in the whole only.
  return likely.some(({ start, end }) => /[&*]/.test(text.slice(start, end))) ? undefined : likely;
}

function entriesNamed({ file, image }: KustomizePlace, images: YamlPlace): readonly YamlPlace[] {
  const { node } = images;
  if (node === undefined || (isScalar(node) && node.value === null)) return [];
  if (!isSeq(node)) {
    throw new TrunklineError('MANIFEST_INVALID', 'expected a list of images', {
      location: { ...locatePlace(images), file },
    });
  }
  return node.items.flatMap((_, index) => {
    const item = stepInto(images, String(index));
    return item !== undefined && textOf(stepInto(item, 'name')?.node) === image ? [item] : [];
  });
}

function single({ image }: KustomizePlace, found: readonly YamlPlace[]): YamlPlace | undefined {
  const [first, second] = found;
  if (second === undefined) return first;
  throw new TrunklineError('MANIFEST_INVALID', `expected one entry named "${image}" in images, found ${found.length}`, {
    location: locatePlace(second),
    hint: 'kustomize applies them one after the other: keep one',
  });
}

/** What an entry of `images:` pins. @throws MANIFEST_INVALID */
export function kustomizeEntryPin({ image }: KustomizePlace, entry: YamlPlace): Pin | undefined {
  const [name, tag, digest] = ['newName', 'newTag', 'digest'].map((key) => {
    const found = stepInto(entry, key);
    const text = found?.node === undefined ? '' : textOf(found.node);
    if (found === undefined || text !== undefined) return text;
    throw new TrunklineError('MANIFEST_INVALID', `expected a text at "${key}"`, { location: locatePlace(found) });
  });
  const pin = composePin({ image: name === '' ? image : (name ?? image), tag, digest });
  if (digest === '' || digest === undefined || pin?.digest !== undefined) return pin;
  throw new TrunklineError(
    'MANIFEST_INVALID',
    `expected "sha256:" and 64 hexadecimal digits at "digest" of ${image}, found ${JSON.stringify(digest.slice(0, 80))}`,
    { location: locatePlace(stepInto(entry, 'digest') ?? entry) },
  );
}

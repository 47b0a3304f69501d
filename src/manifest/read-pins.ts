import { isMap, isSeq } from 'yaml';
import { TrunklineError } from '../errors.ts';
import { documentRanges, type Range } from '../yaml/narrow.ts';
import { parsePart, rootPlace, stepAlong, stepInto, textOf, type YamlPlace } from '../yaml/yaml-part.ts';
import { type Choice, chosenDocuments } from './choose-document.ts';
import { namedImages } from './find-by-image.ts';
import { imageNode, readImageNode } from './image-node.ts';
import { kustomizeEntryPin } from './kustomize-pin.ts';
import { readPinAt } from './manifest.ts';
import { type Pin, parsePinAt } from './pin.ts';
import type { ManifestPlace } from './place.ts';

/** What a place pins, or why that cannot be read. */
export type ReadPin = { readonly pin: Pin | undefined } | { readonly error: TrunklineError };

/**
 * The same as `readPinAt` for many places of one file, which is parsed once: for a file that many services share. Whatever
 * is odd about a place is left to `readPinAt`.
 */
export function readPinsAt(places: readonly ManifestPlace[], text: string): readonly ReadPin[] {
  const shared = places.length > 3 ? new SharedText(text) : undefined;
  return places.map((place) => {
    try {
      return { pin: shared?.read(place) ?? readPinAt(place, text) };
    } catch (error) {
      if (error instanceof TrunklineError) return { error };
      throw error;
    }
  });
}

/** A text that is parsed once in each of the ways that places ask for. */
class SharedText {
  readonly #text: string;
  readonly #roots = new Map<number, YamlPlace>();
  readonly #ranges = new Map<string, readonly Range[]>();
  readonly #byImage = new Map<number, ReadonlyMap<string, readonly YamlPlace[]>>();
  #json: { readonly value: unknown } | undefined;
  #images: ReadonlyMap<string, YamlPlace | undefined> | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  /** Undefined for what one place alone has to tell. */
  read(place: ManifestPlace): Pin | undefined {
    switch (place.kind) {
      case 'json':
        return this.#readJson(place.keys);
      case 'yaml':
        return this.#readYaml(place);
      case 'kustomize': {
        this.#images ??= this.#namedImages(place.file);
        const entry = this.#images.get(place.image);
        return entry === undefined ? undefined : kustomizeEntryPin(place, entry);
      }
      case 'regex':
        return undefined;
    }
  }

  #readJson(keys: readonly string[]): Pin | undefined {
    this.#json ??= { value: parseJson(this.#text) };
    let at: unknown = this.#json.value;
    for (const key of keys)
      at = typeof at === 'object' && at !== null ? (at as Readonly<Record<string, unknown>>)[key] : undefined;
    return typeof at === 'string' ? parsePinAt(keys.at(-1) ?? '', at) : undefined;
  }

  #readYaml(place: Extract<ManifestPlace, { kind: 'yaml' }>): Pin | undefined {
    const { keys, image } = place;
    const found = this.#documentsOf(place).flatMap((range): readonly YamlPlace[] => {
      const root = this.#rootOf(place.file, range);
      if (keys === undefined) return image === undefined ? [] : (this.#imagesBelow(range, root).get(image) ?? []);
      const at = stepAlong(root, keys);
      return at === undefined ? [] : [at];
    });
    const [only, second] = found;
    return only === undefined || second !== undefined ? undefined : readImageNode(imageNode(only));
  }

  #documentsOf(place: Choice): readonly Range[] {
    const key = JSON.stringify(place.document ?? null);
    const ranges = this.#ranges.get(key) ?? chosenDocuments(place, this.#text);
    this.#ranges.set(key, ranges);
    return ranges;
  }

  #rootOf(file: string, range: Range): YamlPlace {
    const root = this.#roots.get(range.start) ?? rootPlace(parsePart(file, this.#text, range));
    this.#roots.set(range.start, root);
    return root;
  }

  #imagesBelow(range: Range, root: YamlPlace): ReadonlyMap<string, readonly YamlPlace[]> {
    const there = this.#byImage.get(range.start);
    if (there !== undefined) return there;
    const made = new Map<string, YamlPlace[]>();
    for (const { images, place } of namedImages(root))
      for (const image of new Set(images)) made.set(image, [...(made.get(image) ?? []), place]);
    this.#byImage.set(range.start, made);
    return made;
  }

  /** Entries of `images:` by name; undefined for a name that stands twice. */
  #namedImages(file: string): ReadonlyMap<string, YamlPlace | undefined> {
    const named = new Map<string, YamlPlace | undefined>();
    const [range] = documentRanges(this.#text);
    const root = range === undefined ? undefined : rootPlace(parsePart(file, this.#text, range));
    const images = root !== undefined && isMap(root.node) ? stepInto(root, 'images') : undefined;
    if (images === undefined || !isSeq(images.node)) return named;
    for (const index of images.node.items.keys()) {
      const entry = stepInto(images, String(index));
      const name = entry === undefined ? undefined : textOf(stepInto(entry, 'name')?.node);
      if (name !== undefined) named.set(name, named.has(name) ? undefined : entry);
    }
    return named;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    return undefined;
  }
}

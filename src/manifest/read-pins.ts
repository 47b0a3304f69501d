import { isMap, isSeq } from 'yaml';
import { TrunklineError } from '../errors.ts';
import { documentRanges } from '../yaml/narrow.ts';
import { parsePart, rootPlace, stepInto, textOf, type YamlPlace } from '../yaml/yaml-part.ts';
import { chosenDocuments } from './choose-document.ts';
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
        return place.keys === undefined ? undefined : this.#readYaml({ ...place, keys: place.keys });
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

  #readYaml(place: Extract<ManifestPlace, { kind: 'yaml' }> & { readonly keys: readonly string[] }): Pin | undefined {
    const found = chosenDocuments(place, this.#text).flatMap((range) => {
      const root = this.#roots.get(range.start) ?? rootPlace(parsePart(place.file, this.#text, range));
      this.#roots.set(range.start, root);
      const at = place.keys.reduce<YamlPlace | undefined>(
        (from, key) => (from === undefined ? undefined : stepInto(from, key)),
        root,
      );
      return at === undefined ? [] : [at];
    });
    const [only, second] = found;
    return only === undefined || second !== undefined ? undefined : readImageNode(imageNode(only));
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

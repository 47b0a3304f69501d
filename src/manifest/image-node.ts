import { isMap, isScalar } from 'yaml';
import { TrunklineError } from '../errors.ts';
import { type Edit, setScalar } from '../yaml/set-scalar.ts';
import { locatePlace, stepInto, textOf, type YamlPlace } from '../yaml/yaml-part.ts';
import { composePin, isTagAlone, labelOf, type Pin, type PinnedRelease, parsePinAt, renderPin } from './pin.ts';

/** A node that names an image: all in one scalar, or in parts. */
export type ImageNode =
  | { readonly form: 'scalar'; readonly whole: YamlPlace }
  | {
      readonly form: 'parts';
      readonly map: YamlPlace;
      readonly registry: YamlPlace | undefined;
      readonly repository: YamlPlace | undefined;
      readonly tag: YamlPlace | undefined;
      readonly digest: YamlPlace | undefined;
    };

/** @throws MANIFEST_INVALID for a list, and for a mapping without any of the parts */
export function imageNode(place: YamlPlace): ImageNode {
  if (place.node === undefined || isScalar(place.node)) return { form: 'scalar', whole: place };
  const part = (key: string): YamlPlace | undefined => stepInto(place, key);
  const [registry, repository, tag, digest] = ['registry', 'repository', 'tag', 'digest'].map(part);
  if (isMap(place.node) && (tag !== undefined || digest !== undefined))
    return { form: 'parts', map: place, registry, repository: repository ?? part('name'), tag, digest };
  throw refuse(
    place,
    'an image, or a mapping with "digest" or "tag"',
    isMap(place.node) ? 'neither' : 'a list',
    'add digest: "" and tag: "" there',
  );
}

/** Undefined before the first release. @throws MANIFEST_INVALID for what names no image */
export function readImageNode(node: ImageNode): Pin | undefined {
  if (node.form === 'scalar') {
    const text = scalarText(node.whole);
    if (text === '') return undefined;
    return (
      parsePinAt(keyOf(node.whole), text) ??
      fail(node.whole, 'an image like "ghcr.io/acme/api@sha256:…", a digest or ""', text)
    );
  }
  const [registry, repository, tag, digest] = [node.registry, node.repository, node.tag, node.digest].map((one) =>
    one === undefined ? '' : scalarText(one),
  );
  const image = [registry, repository].filter((one) => one !== '').join('/');
  // Charts without a digest of their own take it behind the tag: `tag: 1.2@sha256:…`.
  const [label, behind] = (tag ?? '').split('@');
  const pin = composePin({ image, tag: label, digest: digest === '' ? behind : digest });
  if (node.digest !== undefined && digest !== '' && pin?.digest === undefined)
    return fail(node.digest, '"sha256:" and 64 hexadecimal digits, or ""', digest ?? '');
  return pin;
}

/** What changes to name another release. @throws MANIFEST_INVALID for what cannot be edited safely */
export function setImageNode(node: ImageNode, release: PinnedRelease): readonly Edit[] {
  if (node.form === 'scalar') {
    const before = readImageNode(node);
    if (!isTagAlone(before)) return [setScalar(node.whole, renderPin(before, release))];
    throw refuse(
      node.whole,
      'a place for a digest',
      'a tag',
      'let `path` lead to the mapping that it stands in, with a key "digest"',
    );
  }
  const { map, registry, repository, tag, digest } = node;
  const label = tag === undefined ? '' : scalarText(tag);
  const named = [registry, repository].some((one) => one !== undefined && scalarText(one) !== '');
  const first = repository !== undefined && !named && release.image !== undefined;
  const edits = first ? [setScalar(repository, release.image ?? '')] : [];
  if (digest !== undefined) {
    const kept = tag !== undefined && label !== '' ? [setScalar(tag, labelOf(release))] : [];
    return [...edits, ...kept, setScalar(digest, release.digest)];
  }
  if (tag !== undefined && label.includes('@'))
    return [...edits, setScalar(tag, `${labelOf(release)}@${release.digest}`)];
  throw refuse(
    tag ?? map,
    'a "digest" beside "tag"',
    'none: a tag alone names no release for good',
    'add digest: "" if the chart reads it, else write tag: "…@sha256:…" once by hand',
  );
}

function scalarText(place: YamlPlace): string {
  if (place.node === undefined) return '';
  return textOf(place.node) ?? fail(place, 'a text', isMap(place.node) ? 'a mapping' : 'a list');
}

function fail(place: YamlPlace, expected: string, found: string): never {
  throw refuse(
    place,
    expected,
    JSON.stringify(found.slice(0, 80)),
    'write the image there, or "" before its first release',
  );
}

function refuse(place: YamlPlace, expected: string, found: string, hint?: string): TrunklineError {
  const at = keyOf(place) === '' ? '' : ` at "${keyOf(place)}"`;
  return new TrunklineError('MANIFEST_INVALID', `expected ${expected}${at}, found ${found}`, {
    location: locatePlace(place),
    ...(hint === undefined ? {} : { hint }),
  });
}

function keyOf({ pair }: YamlPlace): string {
  return textOf(pair?.key) ?? '';
}

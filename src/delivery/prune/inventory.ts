import type { Digest } from '../../model/digest.ts';

/** One manifest of a repository in a registry. */
export interface Item {
  readonly digest: Digest;
  readonly tags: readonly string[];
  /** Of an index: its platforms. */
  readonly children: readonly Digest[];
  /** What it hangs on: a signature's image. */
  readonly subject?: Digest;
  /** An index that names no platform of anything: what lists the attachments of an image, where a registry does not. */
  readonly list?: boolean;
  /** Milliseconds since the epoch; absent where the registry does not say. */
  readonly pushedAt?: number;
}

const attachedTag = /^sha256-([0-9a-f]{64})(\.(?:sig|att|sbom))?$/;

/**
 * The images that an item belongs to by its tags: `sha256-….sig` as older tools hang signatures on an image, or `sha256-…`
 * of a list. Without ending and on anything else such a tag is somebody's own: builds are named by the hash of their source.
 */
export function attachedTo({ tags, list }: Pick<Item, 'tags' | 'list'>): readonly Digest[] {
  return tags.flatMap((tag) => {
    const [, hex, ending] = attachedTag.exec(tag) ?? [];
    return hex !== undefined && (ending !== undefined || list === true) ? [`sha256:${hex}` as Digest] : [];
  });
}

/** Tags that people give: each of them is a reason to keep. */
export function ownTags({ tags, list }: Item): readonly string[] {
  return tags.filter((tag) => attachedTo({ tags: [tag], ...(list === undefined ? {} : { list }) }).length === 0);
}

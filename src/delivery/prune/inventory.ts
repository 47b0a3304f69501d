import type { Digest } from '../../model/digest.ts';

/** One manifest of a repository in a registry. */
export interface Item {
  readonly digest: Digest;
  readonly tags: readonly string[];
  /** Of an index: its platforms. */
  readonly children: readonly Digest[];
  /** What it hangs on: a signature's image. */
  readonly subject?: Digest;
  /** Milliseconds since the epoch; absent where the registry does not say. */
  readonly pushedAt?: number;
}

/** `sha256-…`: lists what hangs on an image; with an ending, a signature or attestation as older tools hang it on. */
const attachedTag = /^sha256-([0-9a-f]{64})(?:\.(?:sig|att|sbom))?$/;

/** The image that a tag belongs to, of tags that nobody gives by hand. */
export function subjectOfTag(tag: string): Digest | undefined {
  const hex = attachedTag.exec(tag)?.[1];
  return hex === undefined ? undefined : (`sha256:${hex}` as Digest);
}

/** Tags that people give: each of them is a reason to keep. */
export function ownTags(item: Item): readonly string[] {
  return item.tags.filter((tag) => subjectOfTag(tag) === undefined);
}

import { type Digest, isDigest } from '../model/digest.ts';
import { isTag } from '../model/release.ts';

/** What a manifest says of a service: by digest, or (found, never written) by tag alone. */
export interface Pin {
  /** The scalar as it stands in the manifest. */
  readonly text: string;
  /** The image without tag and digest; absent where the manifest holds a bare digest. */
  readonly image?: string;
  readonly tag?: string;
  readonly digest?: Digest;
}

const reference =
  /^(?<image>[a-z0-9][A-Za-z0-9._-]*(?::[0-9]+(?=\/))?(?:\/[a-z0-9._-]+)*)(?::(?<tag>[A-Za-z0-9_][A-Za-z0-9._-]{0,127}))?(?:@(?<digest>sha256:[0-9a-f]{64}))?$/;

/** Undefined for a text that is neither a digest nor an image's name. */
export function parsePin(text: string): Pin | undefined {
  if (isDigest(text)) return { text, digest: text };
  const { image, tag, digest } = reference.exec(text)?.groups ?? {};
  if (image === undefined) return undefined;
  return {
    text,
    image,
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined || !isDigest(digest) ? {} : { digest }),
  };
}

/** The same for what stands under a key: `tag` and its like hold a tag, alone or with the digest behind it. */
export function parsePinAt(key: string, text: string): Pin | undefined {
  const [tag = '', digest, more] = text.split('@');
  if (!/tag$|version$/i.test(key) || !isTag(tag) || more !== undefined) return parsePin(text);
  if (digest === undefined) return { text, tag };
  return isDigest(digest) ? { text, tag, digest } : undefined;
}

/** Whether a pin is a tag with nothing beside it: it can be read, and no digest can be written there. */
export function isTagAlone(pin: Pin | undefined): boolean {
  return pin?.tag !== undefined && pin.image === undefined && pin.digest === undefined;
}

/** A pin whose parts stand apart, in the words of a reference; undefined where nothing names a release yet. */
export function composePin(parts: {
  readonly image?: string | undefined;
  readonly tag?: string | undefined;
  readonly digest?: string | undefined;
}): Pin | undefined {
  const [image, tag, digest] = [parts.image, parts.tag, parts.digest].map((one) => (one === '' ? undefined : one));
  if (tag === undefined && digest === undefined) return undefined;
  const label = tag === undefined ? '' : `:${tag}`;
  return {
    text: image === undefined ? (digest ?? tag ?? '') : `${image}${label}${digest === undefined ? '' : `@${digest}`}`,
    ...(image === undefined ? {} : { image }),
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined || !isDigest(digest) ? {} : { digest }),
  };
}

/** What a manifest is to pin. */
export interface PinnedRelease {
  readonly digest: Digest;
  /** Counts only for a first release, which has no name to keep. */
  readonly image?: string;
  /** A label for people, written where the manifest keeps a tag beside the digest. */
  readonly tag?: string;
}

/** The scalar that names a digest, in the form that the manifest had; a first release takes the form of its image. */
export function renderPin(before: Pin | undefined, release: PinnedRelease): string {
  const { digest, image, tag } = release;
  if (before !== undefined && before.image === undefined)
    return before.tag === undefined ? digest : `${labelOf(release)}@${digest}`;
  const name = before?.image ?? image;
  if (name === undefined) return digest;
  // A tag is a label of the release that leaves: it goes, or gives way to the label of the one that comes.
  return before?.tag === undefined || tag === undefined ? `${name}@${digest}` : `${name}:${tag}@${digest}`;
}

/** The label that is written where a tag has to stand: the release's own, or the beginning of its digest. */
export function labelOf({ digest, tag }: PinnedRelease): string {
  return tag ?? `digest-${digest.slice('sha256:'.length, 'sha256:'.length + 12)}`;
}

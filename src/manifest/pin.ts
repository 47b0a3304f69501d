import { type Digest, isDigest } from '../model/digest.ts';

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
  /^(?<image>[a-z0-9][A-Za-z0-9._:-]*(?:\/[a-z0-9._-]+)*?)(?::(?<tag>[A-Za-z0-9_][A-Za-z0-9._-]{0,127}))?(?:@(?<digest>sha256:[0-9a-f]{64}))?$/;

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

/** The scalar that names a digest, in the form that the manifest had; a first release takes the form of its image. */
export function renderPin(before: Pin | undefined, digest: Digest, image: string | undefined): string {
  if (before !== undefined && before.image === undefined) return digest;
  const name = before?.image ?? image;
  // A tag is a label of the release that leaves.
  return name === undefined ? digest : `${name}@${digest}`;
}

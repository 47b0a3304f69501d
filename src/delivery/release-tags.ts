import { compare, parse } from 'semver';

/** A version of a line of releases: `v1.2.0`, `orders-v1.2.0`, `orders/1.2.0`. */
export interface VersionTag {
  readonly tag: string;
  /** What stands before the version; tags of one line share it. */
  readonly line: string;
  readonly version: string;
  readonly prerelease: boolean;
}

/** Undefined where the tag does not end in a semantic version. */
export function parseVersionTag(tag: string): VersionTag | undefined {
  const match = /^((?:[\w.-]+[-/@])?v?)([0-9]+\.[0-9]+\.[0-9]+(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?)$/.exec(tag);
  const version = parse(match?.[2]);
  if (match?.[1] === undefined || version === null) return undefined;
  return { tag, line: match[1], version: version.raw, prerelease: version.prerelease.length > 0 };
}

/** Released versions of the same line that come before a tag, the nearest first; prereleases only before a prerelease. */
export function versionsBefore(tag: VersionTag, released: readonly string[]): readonly VersionTag[] {
  return released
    .flatMap((one) => parseVersionTag(one) ?? [])
    .filter((one) => one.line === tag.line && compare(one.version, tag.version) < 0)
    .filter((one) => tag.prerelease || !one.prerelease)
    .sort((a, b) => compare(b.version, a.version));
}

/** Whether a tag is the newest full version of its line: a fix of an older line must not become "latest". */
export function isNewest(tag: VersionTag, released: readonly string[]): boolean {
  if (tag.prerelease) return false;
  return released
    .flatMap((one) => parseVersionTag(one) ?? [])
    .filter((one) => one.line === tag.line && !one.prerelease)
    .every((one) => compare(one.version, tag.version) <= 0);
}

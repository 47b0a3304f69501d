import { shortDigest } from '../../model/digest.ts';

/** A release for a table: a digest or a commit in a tag by its first twelve digits. */
export function shortRelease(release: string | null): string {
  if (release === null) return '-';
  if (release.startsWith('sha256:')) return shortDigest(release);
  return release.replaceAll(/\b([0-9a-f]{12})[0-9a-f]{28}\b/g, '$1');
}

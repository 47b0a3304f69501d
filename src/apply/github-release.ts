import { createHash } from 'node:crypto';
import { releaseMark } from '../delivery/release-notes.ts';
import { TrunklineError } from '../errors.ts';
import { type GitHub, statusOf } from '../github/client.ts';
import { type GithubRelease, type GithubReleaseAsset, readReleases } from '../state/release/read-releases.ts';
import { readTagCommit } from '../state/release/tag-commit.ts';

export interface ReleaseFile {
  readonly name: string;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

export interface WantedRelease {
  readonly tag: string;
  /** Where the tag was when it was looked what it ships. */
  readonly commit: string;
  readonly name: string;
  readonly body: string;
  readonly prerelease: boolean;
  /** Whether it becomes the repository's "latest". */
  readonly newest: boolean;
  readonly files: readonly ReleaseFile[];
}

export interface MadeRelease {
  readonly url: string;
  readonly outcome: 'published' | 'completed' | 'unchanged';
}

/**
 * Makes a GitHub release whole before anybody sees it: a draft, its files, then published, since a published one may be
 * immutable. A rerun takes up the draft that an earlier one left, or that somebody wrote, whose words come first; of what is
 * published already, only missing files are added, and its words, which somebody may have edited, stay.
 * @throws CONFLICT where a published file has other bytes, or the tag moved meanwhile
 */
export async function makeRelease(github: GitHub, repository: string, wanted: WantedRelease): Promise<MadeRelease> {
  const [owner = '', repo = ''] = repository.split('/');
  const existing = await findRelease(github, repository, wanted.tag);
  const held = existing ?? (await createDraft(github, repository, wanted));
  const said = existing?.body ?? '';
  const own = said === '' || said.includes(releaseMark);
  const added = await upload(github, repository, held, wanted.files);
  if (!held.draft) return { url: held.html_url, outcome: added === 0 ? 'unchanged' : 'completed' };
  const now = await readTagCommit(github, repository, wanted.tag);
  if (now !== wanted.commit)
    throw new TrunklineError(
      'CONFLICT',
      `expected ${wanted.tag} at ${wanted.commit.slice(0, 12)} until it is published, found it at ${now.slice(0, 12)}`,
      { hint: 'its draft is kept; a tag that is released stays where it is: protect tags by a ruleset' },
    );
  const { data } = await github.request('PATCH /repos/{owner}/{repo}/releases/{release_id}', {
    owner,
    repo,
    release_id: held.id,
    tag_name: wanted.tag,
    name: own ? wanted.name : existing?.name || wanted.name,
    body: own ? wanted.body : `${said}\n\n${wanted.body}`,
    prerelease: wanted.prerelease,
    draft: false,
    make_latest: wanted.newest ? 'true' : 'false',
  });
  return { url: data.html_url, outcome: 'published' };
}

/** The published one of this tag, else a draft of it; drafts cannot be asked for by their tag. */
async function findRelease(github: GitHub, repository: string, tag: string): Promise<GithubRelease | undefined> {
  const all = (await readReleases(github, repository)).filter((one) => one.tag_name === tag);
  return all.find((one) => !one.draft) ?? all[0];
}

async function createDraft(github: GitHub, repository: string, wanted: WantedRelease): Promise<GithubRelease> {
  const [owner = '', repo = ''] = repository.split('/');
  const { data } = await github.request('POST /repos/{owner}/{repo}/releases', {
    owner,
    repo,
    tag_name: wanted.tag,
    name: wanted.name,
    body: wanted.body,
    prerelease: wanted.prerelease,
    draft: true,
  });
  return data;
}

/** Answers how many were not there before. */
async function upload(
  github: GitHub,
  repository: string,
  held: GithubRelease,
  files: readonly ReleaseFile[],
): Promise<number> {
  const [owner = '', repo = ''] = repository.split('/');
  let added = 0;
  for (const { name, mediaType, bytes } of files) {
    const there = held.assets.find((one) => one.name === name);
    if (there !== undefined && sameFile(there, bytes)) continue;
    if (there !== undefined && !held.draft)
      throw new TrunklineError(
        'CONFLICT',
        `expected ${name} of the published release to be the one made here, found other bytes (${there.size} instead of ${bytes.length})`,
        { hint: 'what is published stays as it is; release under a new tag' },
      );
    if (there !== undefined)
      await github.request('DELETE /repos/{owner}/{repo}/releases/assets/{asset_id}', {
        owner,
        repo,
        asset_id: there.id,
      });
    // GitHub keeps uploads on another host, which the release names (docs.github.com, "Upload a release asset").
    const url = new URL(held.upload_url.replace(/\{.*$/, ''));
    url.searchParams.set('name', name);
    try {
      await github.request(`POST ${url.href}`, {
        headers: { 'content-type': mediaType, 'content-length': bytes.length },
        data: bytes,
      });
    } catch (error) {
      // Sent twice because the first answer was lost: then it is there, whole.
      const again = await findRelease(github, repository, held.tag_name);
      const came = again?.assets.find((one) => one.name === name);
      if (statusOf(error) !== 422 || came === undefined || !sameFile(came, bytes)) throw error;
    }
    added += 1;
  }
  return added;
}

function sameFile({ state, size, digest }: GithubReleaseAsset, bytes: Uint8Array): boolean {
  if (state !== 'uploaded' || size !== bytes.length) return false;
  return digest == null || digest === `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

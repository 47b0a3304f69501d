import { validationFailed } from './body.ts';
import { raiseEvent } from './events.ts';
import type { Forge } from './forge.ts';
import { createRef } from './git/edit-ref.ts';
import { readRef, resolveCommit } from './git/refs.ts';
import { repositoryFolder } from './git/repository-folder.ts';
import { ApiError, type Identity } from './http.ts';
import { requireAccount } from './permissions.ts';
import { presentRelease } from './present/release.ts';
import type { GithubRelease, Repository } from './rows.ts';
import { timestamp } from './timestamp.ts';

export type ReleaseChange = Partial<
  Pick<GithubRelease, 'tag' | 'target' | 'name' | 'body' | 'draft' | 'prerelease' | 'latest'>
>;

/** Makes a release; one that is no draft makes its tag where there is none. @throws ApiError 422, rules' words included */
export async function createRelease(
  forge: Forge,
  identity: Identity,
  repository: Repository,
  input: ReleaseChange & { readonly tag: string },
): Promise<GithubRelease> {
  const account = requireAccount(identity);
  refuseSecond(forge, repository, input.tag, undefined);
  const at = timestamp(forge);
  const release: GithubRelease = {
    id: forge.store.next('githubReleases'),
    repositoryId: repository.id,
    target: repository.defaultBranch,
    name: null,
    body: null,
    draft: false,
    prerelease: false,
    authorId: account.id,
    createdAt: at,
    publishedAt: null,
    ...input,
  };
  return save(forge, identity, repository, release);
}

/** @throws ApiError 422 */
export function updateRelease(
  forge: Forge,
  identity: Identity,
  repository: Repository,
  release: GithubRelease,
  change: ReleaseChange,
): Promise<GithubRelease> {
  refuseSecond(forge, repository, change.tag ?? release.tag, release.id);
  return save(forge, identity, repository, { ...release, ...change });
}

async function save(
  forge: Forge,
  identity: Identity,
  repository: Repository,
  release: GithubRelease,
): Promise<GithubRelease> {
  if (!release.draft) await ensureTag(forge, identity, repository, release);
  const before = forge.store.githubReleases.get(release.id);
  const published = !release.draft && before?.draft !== false;
  const saved = {
    ...release,
    ...(release.draft ? {} : { publishedAt: release.publishedAt ?? timestamp(forge) }),
    // docs.github.com, "make_latest": true unless said otherwise when it is published; never of a prerelease.
    ...(published && !release.prerelease ? { latest: release.latest ?? true } : {}),
  };
  forge.store.transaction(() => {
    forge.store.githubReleases.put(saved);
    if (saved.latest === true && !saved.draft && !saved.prerelease) unmarkOthers(forge, saved);
    for (const action of actionsOf(before, saved)) raiseRelease(forge, identity, repository, saved, action);
  });
  return saved;
}

/** There is one latest. Inside a transaction. */
function unmarkOthers(forge: Forge, { id, repositoryId }: GithubRelease): void {
  for (const other of forge.store.githubReleases.by('repository', repositoryId))
    if (other.latest === true && other.id !== id) forge.store.githubReleases.put({ ...other, latest: false });
}

/** docs.github.com, "release": `created` and `published`, of a draft `created` alone. */
function actionsOf(before: GithubRelease | undefined, after: GithubRelease): readonly string[] {
  const published = !after.draft && (before === undefined || before.draft);
  const released = published ? ['published', after.prerelease ? 'prereleased' : 'released'] : [];
  return [...(before === undefined ? ['created'] : ['edited']), ...released];
}

/** Inside a transaction. */
export function raiseRelease(
  forge: Forge,
  identity: Identity,
  repository: Repository,
  release: GithubRelease,
  action: string,
): void {
  const shown = presentRelease(forge, repository, release);
  raiseEvent(forge, { name: 'release', action, repository, identity, tag: release.tag, release: { ...shown } });
}

async function ensureTag(
  forge: Forge,
  identity: Identity,
  repository: Repository,
  release: GithubRelease,
): Promise<void> {
  const folder = repositoryFolder(forge, repository.id);
  const ref = `refs/tags/${release.tag}`;
  if (readRef(folder, ref) !== undefined) return;
  const sha = await resolveCommit(folder, release.target);
  if (sha === undefined) throw validationFailed({ resource: 'Release', code: 'invalid', field: 'target_commitish' });
  try {
    await createRef(forge, { repository, identity, ref }, sha);
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 422) throw error;
    const message = `pre_receive ${error.message}`;
    throw validationFailed({ resource: 'Release', code: 'custom', field: 'pre_receive', message });
  }
}

function refuseSecond(forge: Forge, repository: Repository, tag: string, own: number | undefined): void {
  const taken = forge.store.githubReleases
    .by('repository', repository.id)
    .some((one) => one.tag === tag && one.id !== own && !one.draft);
  if (taken) throw validationFailed({ resource: 'Release', code: 'already_exists', field: 'tag_name' });
}

/** The one that is marked, else the newest; neither draft nor prerelease. */
export function latestRelease(forge: Forge, repository: Repository): GithubRelease | undefined {
  const full = forge.store.githubReleases
    .by('repository', repository.id)
    .filter((one) => !one.draft && !one.prerelease);
  return full.find((one) => one.latest === true) ?? full.at(-1);
}

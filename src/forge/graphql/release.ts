import type { Forge } from '../forge.ts';
import type { Identity } from '../http.ts';
import { nodeId } from '../node-id.ts';
import { hasPermission } from '../permissions.ts';
import { presentRelease } from '../present/release.ts';
import { repositoryOf } from '../pulls/find-pull.ts';
import { latestRelease } from '../releases.ts';
import type { GithubRelease, Repository } from '../rows.ts';
import { actorNode } from './actor.ts';
import { inOrder } from './filter-rows.ts';
import { refNode } from './git-objects.ts';
import { type Args, connection, type Fields, node } from './node.ts';

export const releaseFields: Fields<GithubRelease> = {
  id: (row) => nodeId('Release', row.id),
  databaseId: (row) => row.id,
  name: (row) => row.name,
  tagName: (row) => row.tag,
  description: (row) => row.body,
  isDraft: (row) => row.draft,
  isPrerelease: (row) => row.prerelease,
  isLatest: (row, _args, { forge }) => latestRelease(forge, repositoryOf(forge, row))?.id === row.id,
  createdAt: (row) => row.createdAt,
  publishedAt: (row) => row.publishedAt,
  author: (row, _args, { forge }) => actorNode(forge, row.authorId),
  repository: (row, _args, { forge }) => node('Repository', repositoryOf(forge, row)),
  tag: (row, _args, { forge }) => refNode(forge, repositoryOf(forge, row), `refs/tags/${row.tag}`),
  url: (row, _args, { forge }) => presentRelease(forge, repositoryOf(forge, row), row).html_url,
};

/** Drafts are for those who may write. */
export function visibleReleases(forge: Forge, identity: Identity, repository: Repository): readonly GithubRelease[] {
  const writes = hasPermission(forge, identity, repository, 'contents', 'write');
  return forge.store.githubReleases.by('repository', repository.id).filter((one) => !one.draft || writes);
}

/** Newest first, as GitHub lists them. */
export function releasesOf(forge: Forge, identity: Identity, repository: Repository, args: Args) {
  const shown = visibleReleases(forge, identity, repository);
  const order = args['orderBy'] ?? { field: 'CREATED_AT', direction: 'DESC' };
  return connection(
    args,
    inOrder(shown, { orderBy: order }).map((one) => node('Release', one)),
  );
}

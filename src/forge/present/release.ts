import type { components } from '@octokit/openapi-types';
import type { Forge } from '../forge.ts';
import { nodeId } from '../node-id.ts';
import { fullNameOf } from '../permissions.ts';
import type { GithubRelease, ReleaseAsset, Repository } from '../rows.ts';
import { presentAccountById } from './account.ts';

export function presentRelease(
  forge: Forge,
  repository: Repository,
  release: GithubRelease,
): components['schemas']['release'] {
  const api = `${forge.urls.api}/repos/${fullNameOf(forge, repository)}`;
  const html = `${forge.urls.html}/${fullNameOf(forge, repository)}`;
  return {
    url: `${api}/releases/${release.id}`,
    html_url: `${html}/releases/tag/${release.tag}`,
    assets_url: `${api}/releases/${release.id}/assets`,
    upload_url: `${api}/releases/${release.id}/assets{?name,label}`,
    tarball_url: release.draft ? null : `${api}/tarball/${release.tag}`,
    zipball_url: release.draft ? null : `${api}/zipball/${release.tag}`,
    id: release.id,
    node_id: nodeId('Release', release.id),
    tag_name: release.tag,
    target_commitish: release.target,
    name: release.name,
    body: release.body,
    draft: release.draft,
    prerelease: release.prerelease,
    created_at: release.createdAt,
    published_at: release.publishedAt,
    updated_at: release.publishedAt ?? release.createdAt,
    immutable: false,
    author: presentAccountById(forge, release.authorId),
    assets: (release.assets ?? []).map((one) => presentReleaseAsset(forge, repository, release, one)),
  };
}

export function presentReleaseAsset(
  forge: Forge,
  repository: Repository,
  release: GithubRelease,
  asset: ReleaseAsset,
): components['schemas']['release-asset'] {
  const name = fullNameOf(forge, repository);
  return {
    url: `${forge.urls.api}/repos/${name}/releases/assets/${asset.id}`,
    browser_download_url: `${forge.urls.html}/${name}/releases/download/${release.tag}/${encodeURIComponent(asset.name)}`,
    id: asset.id,
    node_id: nodeId('ReleaseAsset', asset.id),
    name: asset.name,
    label: asset.label,
    state: 'uploaded',
    content_type: asset.contentType,
    size: asset.size,
    digest: asset.digest ?? null,
    download_count: 0,
    created_at: asset.createdAt,
    updated_at: asset.updatedAt,
    uploader: presentAccountById(forge, asset.uploaderId),
  };
}

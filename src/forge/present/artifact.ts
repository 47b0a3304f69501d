import type { components } from '@octokit/openapi-types';
import type { Forge } from '../forge.ts';
import { nodeId } from '../node-id.ts';
import { fullNameOf } from '../permissions.ts';
import { isExpired } from '../results/artifacts.ts';
import type { ArtifactRow, CacheRow, Repository } from '../rows.ts';

export function presentArtifact(
  forge: Forge,
  repository: Repository,
  artifact: ArtifactRow,
): components['schemas']['artifact'] {
  const url = `${forge.urls.api}/repos/${fullNameOf(forge, repository)}/actions/artifacts/${artifact.id}`;
  const run = forge.store.runs.get(artifact.runId);
  return {
    id: artifact.id,
    node_id: nodeId('Artifact', artifact.id),
    name: artifact.name,
    size_in_bytes: artifact.size ?? 0,
    url,
    archive_download_url: `${url}/zip`,
    expired: isExpired(forge, artifact),
    digest: artifact.digest,
    created_at: artifact.createdAt,
    updated_at: artifact.updatedAt,
    expires_at: artifact.expiresAt,
    workflow_run:
      run === undefined
        ? null
        : {
            id: run.id,
            repository_id: repository.id,
            head_repository_id: run.headRepositoryId,
            head_branch: run.headBranch,
            head_sha: run.headSha,
          },
  };
}

export function presentCache(
  cache: CacheRow,
): NonNullable<components['schemas']['actions-cache-list']['actions_caches']>[number] {
  return {
    id: cache.id,
    ref: cache.ref,
    key: cache.key,
    version: cache.version,
    last_accessed_at: cache.accessedAt,
    created_at: cache.createdAt,
    size_in_bytes: cache.size ?? 0,
  };
}

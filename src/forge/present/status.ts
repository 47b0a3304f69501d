import type { components } from '@octokit/openapi-types';
import type { Forge } from '../forge.ts';
import { nodeId } from '../node-id.ts';
import { fullNameOf } from '../permissions.ts';
import type { CommitStatus, Repository } from '../rows.ts';
import { presentAccountById } from './account.ts';
import { presentMinimalRepository } from './repository.ts';

export function presentStatus(
  forge: Forge,
  repository: Repository,
  status: CommitStatus,
): components['schemas']['status'] {
  return {
    url: `${forge.urls.api}/repos/${fullNameOf(forge, repository)}/statuses/${status.sha}`,
    avatar_url: presentAccountById(forge, status.creatorId).avatar_url,
    id: status.id,
    node_id: nodeId('StatusContext', status.id),
    state: status.state,
    description: status.description,
    target_url: status.targetUrl,
    context: status.context,
    created_at: status.createdAt,
    updated_at: status.createdAt,
    creator: presentAccountById(forge, status.creatorId),
  };
}

/** `latest`: the newest status of each context. */
export function presentCombinedStatus(
  forge: Forge,
  repository: Repository,
  sha: string,
  latest: readonly CommitStatus[],
): components['schemas']['combined-commit-status'] {
  const api = `${forge.urls.api}/repos/${fullNameOf(forge, repository)}/commits/${sha}`;
  return {
    state: combinedState(latest),
    statuses: latest.map((status) => {
      const { creator: _creator, ...shown } = presentStatus(forge, repository, status);
      return { ...shown, target_url: shown.target_url ?? '', required: null };
    }),
    sha,
    total_count: latest.length,
    repository: presentMinimalRepository(forge, repository),
    commit_url: api,
    url: `${api}/status`,
  };
}

/** The newest statuses of each context taken together: `failure`, `success`, or `pending`. */
export function combinedState(latest: readonly CommitStatus[]): string {
  if (latest.some((one) => one.state === 'error' || one.state === 'failure')) return 'failure';
  return latest.length > 0 && latest.every((one) => one.state === 'success') ? 'success' : 'pending';
}

import type { components } from '@octokit/openapi-types';
import type { Forge } from '../forge.ts';
import { nodeId } from '../node-id.ts';
import { fullNameOf } from '../permissions.ts';
import type { Label, Repository } from '../rows.ts';

export function presentLabel(forge: Forge, repository: Repository, label: Label): components['schemas']['label'] {
  return {
    id: label.id,
    node_id: nodeId('Label', label.id),
    url: `${forge.urls.api}/repos/${fullNameOf(forge, repository)}/labels/${encodeURIComponent(label.name)}`,
    name: label.name,
    color: label.color,
    default: label.default ?? false,
    description: label.description,
  };
}

/** Labels of an issue or pull request by name; names whose label was deleted are left out. */
export function presentLabels(
  forge: Forge,
  repository: Repository,
  names: readonly string[],
): components['schemas']['pull-request-simple']['labels'] {
  const labels = forge.store.labels.by('repository', repository.id);
  return names.flatMap((name) => {
    const label = labels.find((one) => one.name === name);
    if (label === undefined) return [];
    return [{ ...presentLabel(forge, repository, label), description: label.description ?? '' }];
  });
}

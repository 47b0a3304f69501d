import type { components } from '@octokit/openapi-types';
import type { Forge } from '../forge.ts';
import { nodeId } from '../node-id.ts';
import { fullNameOf } from '../permissions.ts';
import type { Repository, WorkflowRow } from '../rows.ts';

export function presentWorkflow(
  forge: Forge,
  repository: Repository,
  workflow: WorkflowRow,
): components['schemas']['workflow'] {
  const name = fullNameOf(forge, repository);
  const file = workflow.path.slice(workflow.path.lastIndexOf('/') + 1);
  return {
    id: workflow.id,
    node_id: nodeId('Workflow', workflow.id),
    name: workflow.name,
    path: workflow.path,
    state: workflow.state,
    created_at: workflow.createdAt,
    updated_at: workflow.updatedAt,
    url: `${forge.urls.api}/repos/${name}/actions/workflows/${workflow.id}`,
    html_url: `${forge.urls.html}/${name}/blob/${repository.defaultBranch}/${workflow.path}`,
    badge_url: `${forge.urls.html}/${name}/workflows/${encodeURIComponent(workflow.name)}/badge.svg?file=${encodeURIComponent(file)}`,
  };
}

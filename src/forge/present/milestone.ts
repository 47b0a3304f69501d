import type { components } from '@octokit/openapi-types';
import type { Forge } from '../forge.ts';
import { nodeId } from '../node-id.ts';
import { fullNameOf } from '../permissions.ts';
import type { Milestone, Repository } from '../rows.ts';
import { presentAccountById } from './account.ts';

export function presentMilestone(
  forge: Forge,
  repository: Repository,
  milestone: Milestone,
): components['schemas']['milestone'] {
  const name = fullNameOf(forge, repository);
  const url = `${forge.urls.api}/repos/${name}/milestones/${milestone.number}`;
  const { issues, pulls } = forge.store;
  const within = [...issues.by('repository', repository.id), ...pulls.by('repository', repository.id)].filter(
    (one) => one.milestoneId === milestone.id,
  );
  return {
    url,
    html_url: `${forge.urls.html}/${name}/milestone/${milestone.number}`,
    labels_url: `${url}/labels`,
    id: milestone.id,
    node_id: nodeId('Milestone', milestone.id),
    number: milestone.number,
    title: milestone.title,
    description: milestone.description,
    creator: presentAccountById(forge, milestone.creatorId),
    open_issues: within.filter((one) => one.state === 'open').length,
    closed_issues: within.filter((one) => one.state === 'closed').length,
    state: milestone.state,
    created_at: milestone.createdAt,
    updated_at: milestone.updatedAt,
    due_on: milestone.dueOn,
    closed_at: milestone.closedAt,
  };
}

/** Of an issue or pull request; null where it is under none. */
export function presentMilestoneOf(
  forge: Forge,
  repository: Repository,
  row: { readonly milestoneId?: number },
): components['schemas']['milestone'] | null {
  const milestone = row.milestoneId === undefined ? undefined : forge.store.milestones.get(row.milestoneId);
  return milestone === undefined ? null : presentMilestone(forge, repository, milestone);
}

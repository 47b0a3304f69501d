import type { components } from '@octokit/openapi-types';
import type { Forge } from '../forge.ts';
import { nodeId } from '../node-id.ts';
import { fullNameOf } from '../permissions.ts';
import type { EnvironmentRow, Repository } from '../rows.ts';
import { presentAccountById } from './account.ts';
import { presentTeam } from './team.ts';

type Json = components['schemas']['environment'];

export function presentEnvironment(forge: Forge, repository: Repository, environment: EnvironmentRow): Json {
  const policy = environment.branchPolicy;
  return {
    ...presentEnvironmentName(forge, repository, environment),
    created_at: environment.createdAt,
    updated_at: environment.updatedAt,
    can_admins_bypass: environment.canAdminsBypass,
    protection_rules: protectionRules(forge, environment),
    deployment_branch_policy:
      policy === null
        ? null
        : { protected_branches: policy === 'protected', custom_branch_policies: policy === 'custom' },
  } as Json;
}

/** The few fields by which runs name an environment. */
export function presentEnvironmentName(forge: Forge, repository: Repository, environment: EnvironmentRow) {
  const name = fullNameOf(forge, repository);
  return {
    id: environment.id,
    node_id: nodeId('Environment', environment.id),
    name: environment.name,
    url: `${forge.urls.api}/repos/${name}/environments/${encodeURIComponent(environment.name)}`,
    html_url: `${forge.urls.html}/${name}/deployments/activity_log?environments_filter=${encodeURIComponent(environment.name)}`,
  };
}

type ShownReviewer =
  | { readonly type: 'User'; readonly reviewer: components['schemas']['simple-user'] }
  | { readonly type: 'Team'; readonly reviewer: components['schemas']['team'] };

export function presentReviewers(forge: Forge, environment: EnvironmentRow): ShownReviewer[] {
  return environment.reviewers.flatMap((reviewer): ShownReviewer[] => {
    if (reviewer.type === 'User') return [{ type: 'User' as const, reviewer: presentAccountById(forge, reviewer.id) }];
    const team = forge.store.teams.get(reviewer.id);
    return team === undefined ? [] : [{ type: 'Team' as const, reviewer: presentTeam(forge, team) }];
  });
}

export function presentBranchPolicy(policy: EnvironmentRow['branchPolicies'][number]) {
  return { id: policy.id, node_id: nodeId('Environment', `policy-${policy.id}`), name: policy.name, type: policy.type };
}

/** A rule's id is its environment's with a digit for its kind: stable, and unique among rules. */
function protectionRules(forge: Forge, environment: EnvironmentRow) {
  const rule = (kind: number) => {
    const id = environment.id * 10 + kind;
    return { id, node_id: nodeId('Environment', `rule-${id}`) };
  };
  return [
    ...(environment.waitTimer === 0
      ? []
      : [{ ...rule(1), type: 'wait_timer' as const, wait_timer: environment.waitTimer }]),
    ...(environment.reviewers.length === 0
      ? []
      : [
          {
            ...rule(2),
            type: 'required_reviewers' as const,
            prevent_self_review: environment.preventSelfReview,
            reviewers: presentReviewers(forge, environment),
          },
        ]),
    ...(environment.branchPolicy === null ? [] : [{ ...rule(3), type: 'branch_policy' as const }]),
  ];
}

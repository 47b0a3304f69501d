import type { RestEndpointMethodTypes } from '@octokit/plugin-rest-endpoint-methods';
import { hotfixBranches } from '../../settings/rulesets.ts';
import { findButton } from './buttons.ts';
import { split } from './deeds.ts';
import type { CheckSeen, StatusSeen } from './look.ts';
import type { World } from './world.ts';

interface Required {
  readonly context: string;
  readonly integration_id?: number;
}

/** Protects both default branches and the hotfix branches, requiring the checks that were seen on pull requests. */
export async function protect(
  world: World,
  seen: { app: readonly CheckSeen[]; infra: readonly CheckSeen[]; infraStatuses: readonly StatusSeen[] },
): Promise<void> {
  const { app, infra } = world.pair;
  const required = (checks: readonly CheckSeen[]): Required[] =>
    unique(checks.map(({ name, appId }) => ({ context: name, integration_id: appId })));
  const statuses = seen.infraStatuses.map(({ context, creator }): Required => {
    const own = creator === `${world.delivery.slug}[bot]`;
    return own ? { context, integration_id: world.delivery.id } : { context };
  });
  const appChecks = required(seen.app);

  await createRuleset(world, app.fullName, {
    name: app.branch,
    include: ['~DEFAULT_BRANCH'],
    // Who may change what decides over a check, the workflow that makes it, owns that file.
    rules: [...trunk, ...reviewed(1, appChecks, true)],
  });
  const hotfixes = [`refs/heads/${hotfixBranches}`];
  await createRuleset(world, app.fullName, {
    name: 'hotfixes are changed by pull request',
    include: hotfixes,
    rules: [{ type: 'non_fast_forward' }, ...reviewed(1, appChecks)],
  });
  // A ruleset of its own: whoever may bypass it to open a hotfix branch may not push to one.
  await createRuleset(world, app.fullName, {
    name: 'hotfixes are opened by the delivery App',
    include: hotfixes,
    rules: [{ type: 'creation' }],
    bypass: [
      { actor_id: world.delivery.id, actor_type: 'Integration', bypass_mode: 'always' },
      // Where no workflow runs as the App, somebody has to.
      ...(findButton(app.workflows, 'hotfix start') === undefined ? [administrators] : []),
    ],
  });
  await createRuleset(world, infra.fullName, {
    name: infra.branch,
    include: ['~DEFAULT_BRANCH'],
    // Approvals are the policy's business here: they differ by environment.
    rules: [...trunk, ...reviewed(0, [...required(seen.infra), ...statuses])],
    // By pull request alone, and nobody else.
    ...(world.rollback === undefined
      ? {}
      : { bypass: [{ actor_id: world.rollback.id, actor_type: 'Integration', bypass_mode: 'pull_request' }] }),
  });
}

type Parameters = RestEndpointMethodTypes['repos']['createRepoRuleset']['parameters'];
type Rule = NonNullable<Parameters['rules']>[number];
type Bypass = NonNullable<Parameters['bypass_actors']>[number];

const administrators: Bypass = { actor_id: 1, actor_type: 'OrganizationAdmin', bypass_mode: 'always' };

const trunk: readonly Rule[] = [
  { type: 'deletion' },
  { type: 'non_fast_forward' },
  { type: 'required_linear_history' },
];

function reviewed(approvals: number, checks: readonly Required[], owners = false): readonly Rule[] {
  const pullRequest: Rule = {
    type: 'pull_request',
    parameters: {
      required_approving_review_count: approvals,
      dismiss_stale_reviews_on_push: true,
      require_code_owner_review: owners,
      require_last_push_approval: false,
      required_review_thread_resolution: false,
    },
  };
  if (checks.length === 0) return [pullRequest];
  const statusChecks: Rule = {
    type: 'required_status_checks',
    parameters: {
      strict_required_status_checks_policy: false,
      // Else a branch could not be opened before its checks have run.
      do_not_enforce_on_create: true,
      required_status_checks: [...checks],
    },
  };
  return [pullRequest, statusChecks];
}

async function createRuleset(
  world: World,
  repository: string,
  wanted: { name: string; include: readonly string[]; rules: readonly Rule[]; bypass?: readonly Bypass[] },
): Promise<void> {
  await world.people.owner.api.rest.repos.createRepoRuleset({
    ...split(repository),
    name: wanted.name,
    target: 'branch',
    enforcement: 'active',
    conditions: { ref_name: { include: [...wanted.include], exclude: [] } },
    rules: [...wanted.rules],
    ...(wanted.bypass === undefined ? {} : { bypass_actors: [...wanted.bypass] }),
  });
}

function unique(checks: readonly Required[]): Required[] {
  return [...new Map(checks.map((check) => [`${check.integration_id} ${check.context}`, check])).values()];
}

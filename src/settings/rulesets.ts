import { rulesetPrefix, workflowsRulesetName } from './compare-rulesets.ts';
import type { Check, Rule } from './rule.ts';
import type { WantedRuleset } from './wanted.ts';

/**
 * Branches on which what runs is mended. Neither `*` nor a `**` at the end would reach `hotfixes/team/x`: GitHub takes
 * patterns as Ruby's `File.fnmatch` does.
 */
export const hotfixBranches = 'hotfixes/**/*';

export interface RequiredReviewer {
  readonly file_patterns: readonly string[];
  readonly minimum_approvals: number;
  readonly reviewer: { readonly type: 'Team'; readonly id: number };
}

/** What pull requests have to have. */
export interface Reviewing {
  readonly approvals: number;
  readonly codeOwners: boolean;
  readonly methods: readonly ('squash' | 'rebase')[];
  readonly reviewers?: readonly RequiredReviewer[];
}

/** The default branch: by pull request alone, with every check, never rewritten. */
export function mainRuleset(reviewing: Reviewing, checks: readonly Check[], rollbackApp?: number): WantedRuleset {
  return {
    name: `${rulesetPrefix}main`,
    target: 'branch',
    include: ['~DEFAULT_BRANCH'],
    rules: [
      { type: 'deletion' },
      { type: 'non_fast_forward' },
      { type: 'required_linear_history' },
      pullRequest(reviewing),
      ...required(checks),
    ],
    // The App of automatic rollbacks passes by on pull requests only; nobody else does at all.
    bypass:
      rollbackApp === undefined
        ? []
        : [{ actor_type: 'Integration', actor_id: rollbackApp, bypass_mode: 'pull_request' }],
  };
}

/**
 * Two rulesets for hotfix branches: whoever may pass the second by, to open one, may still not push to it. People may
 * delete a branch that is done with.
 */
export function hotfixRulesets(
  reviewing: Reviewing,
  checks: readonly Check[],
  deliveryApp: number,
): readonly WantedRuleset[] {
  return [
    {
      name: `${rulesetPrefix}hotfixes`,
      target: 'branch',
      include: [`refs/heads/${hotfixBranches}`],
      rules: [{ type: 'non_fast_forward' }, pullRequest(reviewing), ...required(checks)],
      bypass: [],
    },
    {
      name: `${rulesetPrefix}hotfixes are opened by the delivery App`,
      target: 'branch',
      include: [`refs/heads/${hotfixBranches}`],
      rules: [{ type: 'creation' }],
      bypass: [{ actor_type: 'Integration', actor_id: deliveryApp, bypass_mode: 'always' }],
    },
  ];
}

/**
 * Workflows that a pull request has to pass as the default branch has them, whatever it does to their files. A ruleset of
 * its own: where GitHub does not take this rule from a repository, the others are not held up by it.
 */
export function workflowsRuleset(repositoryId: number, branch: string, paths: readonly string[]): WantedRuleset {
  const workflows = paths.map((path) => ({ path, repository_id: repositoryId, ref: `refs/heads/${branch}` }));
  return {
    name: workflowsRulesetName,
    target: 'branch',
    include: ['~DEFAULT_BRANCH'],
    rules: [{ type: 'workflows', parameters: { do_not_enforce_on_create: true, workflows } }],
    bypass: [],
    optional: true,
  };
}

/** Tags of releases stay where they are. */
export function tagRuleset(patterns: readonly string[]): WantedRuleset {
  return {
    name: `${rulesetPrefix}tags`,
    target: 'tag',
    include: patterns.map((one) => `refs/tags/${one}`),
    rules: [{ type: 'deletion' }, { type: 'update' }],
    bypass: [],
  };
}

function pullRequest({ approvals, codeOwners, methods, reviewers }: Reviewing): Rule {
  return {
    type: 'pull_request',
    parameters: {
      required_approving_review_count: approvals,
      dismiss_stale_reviews_on_push: true,
      require_code_owner_review: codeOwners,
      require_last_push_approval: approvals > 0,
      required_review_thread_resolution: false,
      allowed_merge_methods: methods,
      ...(reviewers === undefined ? {} : { required_reviewers: reviewers }),
    },
  };
}

function required(checks: readonly Check[]): readonly Rule[] {
  if (checks.length === 0) return [];
  return [
    {
      type: 'required_status_checks',
      parameters: {
        strict_required_status_checks_policy: false,
        // Else a branch could not be opened before its checks have run.
        do_not_enforce_on_create: true,
        required_status_checks: checks,
      },
    },
  ];
}

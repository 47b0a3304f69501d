import type { WantedSettings } from './wanted.ts';

/** What every repository gets, whatever it holds. */
export const hardened: Pick<WantedSettings, 'actions' | 'workflows' | 'forkApproval' | 'privateForks'> = {
  // An action that is named by a tag or branch does not run.
  actions: { enabled: true, sha_pinning_required: true },
  workflows: { default_workflow_permissions: 'read', can_approve_pull_request_reviews: false },
  forkApproval: 'all_external_contributors',
  // Whether forks run anything at all is left as it is.
  privateForks: {
    send_write_tokens_to_workflows: false,
    send_secrets_and_variables: false,
    require_approval_for_fork_pr_workflows: true,
  },
};

/** Single pull requests are merged by squash, a batch by rebase; branches that are done with go. */
export function merging(batches: boolean): WantedSettings['merging'] {
  return {
    allow_auto_merge: true,
    allow_squash_merge: true,
    allow_merge_commit: false,
    allow_rebase_merge: batches,
    delete_branch_on_merge: true,
  };
}

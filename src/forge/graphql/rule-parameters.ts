import type { Ruleset } from '../rows.ts';

type Rule = Ruleset['rules'][number];

/** What GraphQL calls the parameters of each kind of rule; of kinds that are not named it shows none. */
const types: Readonly<Record<string, string>> = {
  branch_name_pattern: 'BranchNamePatternParameters',
  commit_author_email_pattern: 'CommitAuthorEmailPatternParameters',
  commit_message_pattern: 'CommitMessagePatternParameters',
  committer_email_pattern: 'CommitterEmailPatternParameters',
  file_extension_restriction: 'FileExtensionRestrictionParameters',
  file_path_restriction: 'FilePathRestrictionParameters',
  max_file_path_length: 'MaxFilePathLengthParameters',
  max_file_size: 'MaxFileSizeParameters',
  pull_request: 'PullRequestParameters',
  required_deployments: 'RequiredDeploymentsParameters',
  required_status_checks: 'RequiredStatusChecksParameters',
  tag_name_pattern: 'TagNamePatternParameters',
  update: 'UpdateParameters',
  workflows: 'WorkflowsParameters',
};

/** Fields that GraphQL answers though a ruleset may leave them out. */
const optional: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  pull_request: { allowed_merge_methods: null },
  required_status_checks: { do_not_enforce_on_create: false },
  update: { update_allows_fetch_and_merge: false },
  workflows: { do_not_enforce_on_create: false },
  branch_name_pattern: { name: null, negate: false },
  commit_author_email_pattern: { name: null, negate: false },
  commit_message_pattern: { name: null, negate: false },
  committer_email_pattern: { name: null, negate: false },
  tag_name_pattern: { name: null, negate: false },
};

/** Fields of what stands in a list, which may be left out there. */
const optionalInLists: Readonly<Record<string, unknown>> = { integration_id: null, ref: null, sha: null };

/** A rule's parameters under GraphQL's names: fewer than REST has, which also knows `required_reviewers`. */
export function ruleParameters({ type, parameters }: Rule) {
  const __typename = types[type];
  if (__typename === undefined || (parameters === undefined && optional[type] === undefined)) return null;
  return { __typename, ...(camel({ ...optional[type], ...parameters }) as object) };
}

function camel(value: unknown): unknown {
  if (Array.isArray(value))
    return value.map((one: unknown) =>
      typeof one === 'object' && one !== null ? camel({ ...optionalInLists, ...one }) : one,
    );
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [
      key.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
      camel(one),
    ]),
  );
}

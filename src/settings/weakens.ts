/** Whether a setting that goes from `found` to `wanted` protects less than before. What is not known here does. */
export function weakens(field: string, found: unknown, wanted: unknown): boolean {
  const name = field.split('.').at(-1) ?? field;
  const judge = judges[name];
  if (judge !== undefined) return judge(found, wanted);
  if (typeof found === 'number' && typeof wanted === 'number' && higherIsTighter.has(name)) return wanted < found;
  if (typeof wanted === 'boolean') {
    if (onIsTighter.has(name)) return !wanted;
    if (offIsTighter.has(name)) return wanted;
  }
  return !harmless.has(name);
}

const onIsTighter = new Set([
  'dismiss_stale_reviews_on_push',
  'require_code_owner_review',
  'require_last_push_approval',
  'required_review_thread_resolution',
  'strict_required_status_checks_policy',
  'sha_pinning_required',
  'require_approval_for_fork_pr_workflows',
  'prevent_self_review',
]);
const offIsTighter = new Set([
  'do_not_enforce_on_create',
  'update_allows_fetch_and_merge',
  'can_approve_pull_request_reviews',
  'send_write_tokens_to_workflows',
  'send_secrets_and_variables',
  'can_admins_bypass',
]);
const higherIsTighter = new Set(['required_approving_review_count', 'wait_timer']);
/** What no protection hangs on; how the subject is made decides who gets into a cloud, and is not among them. */
const harmless = new Set([
  'allow_auto_merge',
  'allow_squash_merge',
  'allow_merge_commit',
  'allow_rebase_merge',
  'delete_branch_on_merge',
  'enabled',
  'codeowners',
]);

type Judge = (found: unknown, wanted: unknown) => boolean;

const more: Judge = (found, wanted) => !includes(found, wanted);
const less: Judge = (found, wanted) => !includes(wanted, found);
const order =
  (...weakest: readonly string[]): Judge =>
  (found, wanted) =>
    weakest.indexOf(String(wanted)) < weakest.indexOf(String(found));

const judges: Readonly<Record<string, Judge>> = {
  enforcement: order('disabled', 'evaluate', 'active'),
  default_workflow_permissions: order('write', 'read'),
  approval_policy: order(
    'first_time_contributors_new_to_github',
    'first_time_contributors',
    'all_external_contributors',
  ),
  include: less,
  exclude: more,
  bypass: more,
  allowed_merge_methods: (found, wanted) => found !== undefined && more(found, wanted),
  required_status_checks: (found, wanted) => !boundBy(found, wanted),
  required_reviewers: less,
  workflows: less,
  // One of them is enough: another one is another way in, and nobody at all an open door.
  reviewers: (found, wanted) => list(found).length > 0 && (list(wanted).length === 0 || more(found, wanted)),
  // Where nothing gets in yet, an apply was cut off: the first branch that does is what it was made for.
  branches: (found, wanted) =>
    found === 'protected' || (found !== 'all' && list(found).length > 0 && more(found, wanted)),
  rule: (_found, wanted) => wanted === undefined,
  ruleset: (_found, wanted) => wanted === undefined,
  environment: () => false,
};

/** Every check that was required still is, of the same App or now of one. */
function boundBy(found: unknown, wanted: unknown): boolean {
  const now = list(wanted) as readonly { context: string; integration_id?: number }[];
  return (list(found) as typeof now).every((one) =>
    now.some(
      (other) =>
        other.context === one.context &&
        (one.integration_id === undefined || other.integration_id === one.integration_id),
    ),
  );
}

/** Whether all of `inner` is in `outer`. */
function includes(outer: unknown, inner: unknown): boolean {
  const held = new Set(list(outer).map(canonical));
  return list(inner).every((one) => held.has(canonical(one)));
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** One text for values that mean the same: keys in order, nothing that is undefined. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'undefined';
  const entries = Object.entries(value)
    .filter(([, one]) => one !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, one]) => `${JSON.stringify(key)}:${canonical(one)}`).join(',')}}`;
}

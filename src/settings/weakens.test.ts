import { expect, test } from 'vitest';
import { weakens } from './weakens.ts';

const check = (context: string, integration_id?: number) => ({
  context,
  ...(integration_id === undefined ? {} : { integration_id }),
});
const app = (actor_id: number) => ({ actor_type: 'Integration', actor_id, bypass_mode: 'always' });

test.each<[string, unknown, unknown, boolean]>([
  ['enforcement', 'active', 'evaluate', true],
  ['enforcement', 'disabled', 'active', false],
  ['pull_request.required_approving_review_count', 2, 1, true],
  ['pull_request.required_approving_review_count', 0, 1, false],
  ['pull_request.dismiss_stale_reviews_on_push', true, false, true],
  ['pull_request.dismiss_stale_reviews_on_push', false, true, false],
  ['pull_request.allowed_merge_methods', ['squash'], ['squash', 'rebase'], true],
  ['pull_request.allowed_merge_methods', undefined, ['squash'], false],
  ['required_status_checks.required_status_checks', [check('a', 1)], [check('b', 1)], true],
  ['required_status_checks.required_status_checks', [check('a')], [check('a', 1)], false],
  ['required_status_checks.required_status_checks', [check('a', 1)], [check('a')], true],
  ['required_status_checks.do_not_enforce_on_create', false, true, true],
  ['bypass', [app(1)], [], false],
  ['bypass', [], [app(1)], true],
  ['include', ['~DEFAULT_BRANCH', 'refs/heads/x'], ['~DEFAULT_BRANCH'], true],
  ['exclude', [], ['refs/heads/x'], true],
  ['branches', 'all', [{ type: 'branch', name: 'main' }], false],
  ['branches', [{ type: 'branch', name: 'main' }], [{ type: 'branch', name: 'x' }], true],
  ['reviewers', [], ['Team a'], false],
  ['reviewers', ['Team a'], [], true],
  ['reviewers', ['Team a'], ['Team a', 'Team b'], true],
  ['reviewers', ['Team a', 'Team b'], ['Team a'], false],
  ['wait_timer', 10, 5, true],
  ['default_workflow_permissions', 'write', 'read', false],
  ['approval_policy', 'all_external_contributors', 'first_time_contributors', true],
  ['allow_merge_commit', true, false, false],
  // Whatever is not known here protects less, until somebody says that it is meant.
  ['something_new', 1, 2, true],
])('%s from %j to %j weakens: %s', (field, found, wanted, expected) => {
  expect(weakens(field, found, wanted)).toBe(expected);
});

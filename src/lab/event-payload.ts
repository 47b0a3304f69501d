import type { WorkflowEvent } from '../protocol/event.ts';
import type { Workflow } from '../workflow/model.ts';

type Json = Readonly<Record<string, unknown>>;

/** An activity type that the event has, for workflows that name none. */
export const usualAction: Readonly<Record<string, string>> = {
  branch_protection_rule: 'created',
  check_run: 'completed',
  check_suite: 'completed',
  discussion: 'created',
  discussion_comment: 'created',
  issue_comment: 'created',
  issues: 'opened',
  label: 'created',
  merge_group: 'checks_requested',
  milestone: 'created',
  pull_request: 'opened',
  pull_request_review: 'submitted',
  pull_request_review_comment: 'created',
  pull_request_target: 'opened',
  registry_package: 'published',
  release: 'published',
  watch: 'started',
  workflow_run: 'completed',
};

/** Every event that starts workflows (docs.github.com, "Events that trigger workflows"). */
export const events: readonly string[] = [
  ...Object.keys(usualAction),
  ...['create', 'delete', 'deployment', 'deployment_status', 'fork', 'gollum', 'page_build', 'public', 'push'],
  ...['repository_dispatch', 'schedule', 'status', 'workflow_dispatch'],
].sort();

/** What of the event that stands for it goes into the payload. */
type LikelySource = Pick<WorkflowEvent, 'ref' | 'sha' | 'at' | 'diff' | 'repository' | 'payload'>;

/** What is in every payload. */
const common = ['repository', 'organization', 'enterprise', 'installation', 'sender'] as const;

/**
 * The payload of an event that the forge does not raise, made after GitHub's webhook of that name from the push that
 * stands for it: whoever, repository and commit are real, all else has an empty or likely value.
 */
export function likelyPayload(name: string, push: LikelySource, workflow: Workflow | undefined): Json {
  const shared = Object.fromEntries(
    common.flatMap((key) => (push.payload[key] === undefined ? [] : [[key, push.payload[key]]])),
  );
  return { ...shared, ...likely(name, push, workflow) };
}

function likely(name: string, push: LikelySource, workflow: Workflow | undefined): Json {
  const branch = push.ref.replace(/^refs\/heads\//, '');
  const { sender } = push.payload;
  const web = `https://github.com/${push.repository.fullName}`;
  const at = push.at;
  const check = { id: 1, head_sha: push.sha, status: 'completed', conclusion: 'success', pull_requests: [], app: {} };
  const comment = { id: 1, body: '', user: sender, created_at: at, updated_at: at, html_url: `${web}/comments/1` };
  switch (name) {
    case 'branch_protection_rule':
      return { rule: { id: 1, name: branch, created_at: at, updated_at: at } };
    case 'check_run':
      return {
        check_run: { ...check, name: 'check', check_suite: { id: 1, head_branch: branch, head_sha: push.sha } },
      };
    case 'check_suite':
      return { check_suite: { ...check, head_branch: branch } };
    case 'discussion':
    case 'discussion_comment': {
      const discussion = { id: 1, number: 1, title: 'Discussion', body: '', user: sender, created_at: at };
      return name === 'discussion' ? { discussion } : { discussion, comment };
    }
    case 'fork':
      return { forkee: push.payload['repository'] };
    case 'gollum':
      return { pages: [] };
    case 'label':
      return { label: { id: 1, name: 'label', color: 'ededed', default: false, description: null } };
    case 'merge_group': {
      const base = push.diff?.base ?? push.sha;
      const head_ref = `refs/heads/gh-readonly-queue/${branch}/pr-1-${base}`;
      const { head_commit } = push.payload;
      return { merge_group: { head_sha: push.sha, head_ref, base_sha: base, base_ref: push.ref, head_commit } };
    }
    case 'milestone':
      return { milestone: { id: 1, number: 1, title: 'Milestone', description: '', state: 'open', created_at: at } };
    case 'page_build':
      return { id: 1, build: { status: 'built', commit: push.sha, error: { message: null }, created_at: at } };
    case 'pull_request_review_comment':
      return { pull_request: push.payload['pull_request'], comment };
    case 'registry_package':
      return { registry_package: { id: 1, name: push.repository.name, package_type: 'CONTAINER', owner: sender } };
    case 'release': {
      const tag_name = releaseTag({});
      const flags = { draft: false, prerelease: false, assets: [], body: '', created_at: at, published_at: at };
      const html_url = `${web}/releases/tag/${tag_name}`;
      return {
        release: { id: 1, tag_name, name: tag_name, target_commitish: branch, author: sender, html_url, ...flags },
      };
    }
    case 'schedule':
      return { schedule: workflow?.on.schedule[0]?.cron ?? '0 0 * * *' };
    case 'workflow_run': {
      const wanted = workflow?.on.events['workflow_run'];
      const name = wanted?.workflows?.[0] ?? 'CI';
      const head_branch = wanted?.branches?.find((pattern) => /^[\w./-]+$/.test(pattern)) ?? branch;
      const head = { head_branch, head_sha: push.sha, head_commit: push.payload['head_commit'], actor: sender };
      const run = { id: 1, name, event: 'push', run_number: 1, run_attempt: 1, display_title: name, pull_requests: [] };
      const html_url = `${web}/actions/runs/1`;
      return {
        workflow_run: { ...run, ...head, status: 'completed', conclusion: 'success', html_url },
        workflow: { id: 1, name },
      };
    }
    default:
      return {};
  }
}

/** The tag of the release that a payload speaks of. */
export function releaseTag(payload: Json): string {
  const release = payload['release'] as { readonly tag_name?: unknown } | undefined;
  return typeof release?.tag_name === 'string' ? release.tag_name : 'v0.0.0';
}

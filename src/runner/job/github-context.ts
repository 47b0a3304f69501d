import type { WorkflowEvent } from '../../protocol/event.ts';
import type { RunRecord } from '../../protocol/run.ts';

export interface GithubContextInput {
  readonly run: RunRecord;
  readonly event: WorkflowEvent;
  readonly urls: { readonly server: string; readonly api: string; readonly graphql: string };
  /** Absent while no job runs: for expressions judged by the server. */
  readonly job?: {
    readonly id: string;
    readonly workspace: string;
    readonly eventPath: string;
    readonly token: string;
  };
}

/** `github`, with every key that GitHub documents but those of one step. */
export function githubContext(input: GithubContextInput): Record<string, unknown> {
  const { run, event, urls, job } = input;
  const { repository } = run;
  return {
    event: event.payload,
    event_name: event.name,
    ref: event.ref,
    ref_name: refName(event.ref),
    ref_type: event.ref === '' ? '' : event.ref.startsWith('refs/tags/') ? 'tag' : 'branch',
    ref_protected: event.refProtected,
    base_ref: event.baseRef ?? '',
    head_ref: event.headRef ?? '',
    sha: event.sha,
    actor: run.actor.login,
    actor_id: String(run.actor.id),
    triggering_actor: run.triggeringActor.login,
    repository: repository.fullName,
    repository_id: String(repository.id),
    repository_owner: repository.owner,
    repository_owner_id: String(repository.ownerId),
    repository_visibility: repository.private ? 'private' : 'public',
    repositoryUrl: `git://github.com/${repository.fullName}.git`,
    run_id: String(run.id),
    run_number: String(run.number),
    run_attempt: String(run.attempt),
    retention_days: '90',
    artifact_cache_size_limit: '10',
    secret_source: event.fromFork ? 'None' : 'Actions',
    workflow: run.workflowName,
    workflow_ref: workflowRef(run, event),
    workflow_sha: event.workflowSha,
    server_url: urls.server,
    api_url: urls.api,
    graphql_url: urls.graphql,
    ...(job === undefined
      ? {}
      : { job: job.id, workspace: job.workspace, event_path: job.eventPath, token: job.token, action_status: '' }),
  };
}

/** `owner/repo/.github/workflows/x.yml@ref`, of the workflow that the event started. */
export function workflowRef(run: RunRecord, event: WorkflowEvent): string {
  return `${run.repository.fullName}/${run.path}@${event.ref}`;
}

/** GITHUB_REF_NAME: the branch or tag, `7/merge` for a pull request. */
export function refName(ref: string): string {
  return ref.replace(/^refs\/(?:heads|tags|pull)\//, '');
}

/** Keys of the `github` context that become GITHUB_* (actions/runner, GitHubContext.cs). */
const exported = [
  'action',
  'action_path',
  'action_ref',
  'action_repository',
  'actor',
  'actor_id',
  'api_url',
  'base_ref',
  'env',
  'event_name',
  'event_path',
  'graphql_url',
  'head_ref',
  'job',
  'output',
  'path',
  'ref',
  'ref_name',
  'ref_protected',
  'ref_type',
  'repository',
  'repository_id',
  'repository_owner',
  'repository_owner_id',
  'retention_days',
  'run_attempt',
  'run_id',
  'run_number',
  'server_url',
  'sha',
  'state',
  'step_summary',
  'triggering_actor',
  'workflow',
  'workflow_ref',
  'workflow_sha',
  'workspace',
] as const;

/** GITHUB_* as a step's process sees them. */
export function githubEnvironment(github: Readonly<Record<string, unknown>>): Record<string, string> {
  const env: Record<string, string> = {};
  for (const key of exported) {
    const value = github[key];
    if (typeof value === 'string' || typeof value === 'boolean') env[`GITHUB_${key.toUpperCase()}`] = String(value);
  }
  return env;
}

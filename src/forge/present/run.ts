import type { components } from '@octokit/openapi-types';
import type { Forge } from '../forge.ts';
import { nodeId } from '../node-id.ts';
import { fullNameOf } from '../permissions.ts';
import type { RunRow } from '../rows.ts';
import { presentAccountById } from './account.ts';
import { presentPullMinimal } from './check-run.ts';
import { presentRunRepository } from './repository.ts';

type Json = components['schemas']['workflow-run'];
export type HeadCommit = components['schemas']['nullable-simple-commit'];

/** A workflow run as it stands in a list, alone and in events. */
export function presentRun(forge: Forge, run: RunRow, headCommit: HeadCommit): Json {
  const repository = forge.store.repositories.get(run.repositoryId);
  if (repository === undefined) throw new Error(`run ${run.id} is of a repository that is gone`);
  const name = fullNameOf(forge, repository);
  const api = `${forge.urls.api}/repos/${name}/actions/runs/${run.id}`;
  const repositoryApi = `${forge.urls.api}/repos/${name}`;
  const pulls = run.pullRequests.flatMap(
    (number) => forge.store.pulls.by('number', `${run.repositoryId}/${number}`)[0] ?? [],
  );
  return {
    id: run.id,
    name: run.workflowName,
    node_id: nodeId('WorkflowRun', run.id),
    head_branch: run.headBranch,
    head_sha: run.headSha,
    path: run.path,
    display_title: run.title,
    run_number: run.number,
    event: run.event,
    status: run.status,
    conclusion: run.conclusion,
    workflow_id: run.workflowId,
    check_suite_id: run.suiteId,
    check_suite_node_id: nodeId('CheckSuite', run.suiteId),
    url: api,
    html_url: `${forge.urls.html}/${name}/actions/runs/${run.id}`,
    pull_requests: pulls
      .filter((pull) => pull.state === 'open')
      .map((pull) => presentPullMinimal(forge, repository, pull)),
    created_at: run.createdAt,
    updated_at: run.updatedAt,
    actor: presentAccountById(forge, run.actor.id),
    run_attempt: run.attempt,
    referenced_workflows: [],
    run_started_at: run.startedAt ?? run.createdAt,
    triggering_actor: presentAccountById(forge, run.triggeringActor.id),
    jobs_url: `${api}/jobs`,
    logs_url: `${api}/logs`,
    check_suite_url: `${repositoryApi}/check-suites/${run.suiteId}`,
    artifacts_url: `${api}/artifacts`,
    cancel_url: `${api}/cancel`,
    rerun_url: `${api}/rerun`,
    previous_attempt_url: run.attempt > 1 ? `${api}/attempts/${run.attempt - 1}` : null,
    workflow_url: `${repositoryApi}/actions/workflows/${run.workflowId}`,
    head_commit: headCommit,
    repository: presentRunRepository(forge, repository),
    head_repository: presentRunRepository(forge, forge.store.repositories.get(run.headRepositoryId) ?? repository),
  };
}

import type { components } from '@octokit/openapi-types';
import type { Forge } from '../forge.ts';
import { nodeId } from '../node-id.ts';
import type { JobRow, RunRow } from '../rows.ts';

export function presentJob(forge: Forge, run: RunRow, job: JobRow): components['schemas']['job'] {
  const name = run.repository.fullName;
  const api = `${forge.urls.api}/repos/${name}`;
  return {
    id: job.id,
    run_id: run.id,
    workflow_name: run.workflowName,
    head_branch: run.headBranch,
    run_url: `${api}/actions/runs/${run.id}`,
    run_attempt: job.attempt,
    node_id: nodeId('Job', job.id),
    head_sha: run.headSha,
    url: `${api}/actions/jobs/${job.id}`,
    html_url: `${forge.urls.html}/${name}/actions/runs/${run.id}/job/${job.id}`,
    status: job.status,
    conclusion: presentConclusion(job.conclusion),
    created_at: job.createdAt,
    started_at: job.startedAt ?? job.createdAt,
    completed_at: job.completedAt,
    name: job.name,
    steps: job.steps.map((step) => ({
      name: step.name,
      status: step.status,
      conclusion: step.conclusion,
      number: step.number,
      started_at: step.startedAt,
      completed_at: step.completedAt,
    })),
    check_run_url: `${api}/check-runs/${job.id}`,
    labels: [...job.labels],
    runner_id: job.runnerName === null ? null : 1,
    runner_name: job.runnerName,
    runner_group_id: job.runnerName === null ? null : 1,
    runner_group_name: job.runnerName === null ? null : 'GitHub Actions',
  };
}

/** Jobs know fewer conclusions than runs. */
function presentConclusion(conclusion: JobRow['conclusion']): components['schemas']['job']['conclusion'] {
  if (conclusion === 'startup_failure' || conclusion === 'stale') return 'failure';
  return conclusion;
}

import type { HealthPlan, HealthRecord, HealthStatus } from '../delivery/health/plan-health.ts';
import { TrunklineError } from '../errors.ts';
import { deployTask } from '../state/deployments.ts';
import type { ApplyContext } from './apply-plan.ts';

/** Writes what was seen: deployment records first, since the statuses on pull requests rest on them. */
export async function applyHealth(
  plan: Pick<HealthPlan, 'records' | 'statuses'>,
  environment: string,
  url: string | undefined,
  context: ApplyContext,
): Promise<readonly string[]> {
  const done: string[] = [];
  for (const record of plan.records) done.push(await writeRecord(record, environment, url, context));
  for (const status of plan.statuses) done.push(await writeStatus(status, url, context));
  return done;
}

async function writeRecord(
  { service, digest, commit, deployment, reports }: HealthRecord,
  environment: string,
  url: string | undefined,
  { github, repository, pace }: ApplyContext,
): Promise<string> {
  const [owner = '', repo = ''] = repository.split('/');
  let id = deployment;
  if (id === undefined) {
    await pace(1);
    const { data } = await github.request('POST /repos/{owner}/{repo}/deployments', {
      owner,
      repo,
      ref: commit,
      environment,
      task: `${deployTask}${service}`,
      auto_merge: false,
      required_contexts: [],
      description: `${service} ${digest}`.slice(0, 140),
      payload: { service, digest },
    });
    if (!('id' in data))
      throw new TrunklineError('GITHUB_REFUSED', `GitHub recorded no deployment of ${service} to ${environment}`);
    id = Number(data.id);
  }
  for (const { state, description } of reports) {
    await pace(1);
    await github.request('POST /repos/{owner}/{repo}/deployments/{deployment_id}/statuses', {
      owner,
      repo,
      deployment_id: id,
      state: states[state],
      description: description.slice(0, 140),
      auto_inactive: false,
      ...(url === undefined ? {} : { log_url: url }),
    });
  }
  return `${service} in ${environment}: ${reports.map(({ state }) => states[state]).join(', then ')}`;
}

const states = { SUCCESS: 'success', IN_PROGRESS: 'in_progress', FAILURE: 'failure', ERROR: 'error' } as const;

async function writeStatus(
  { sha, context, state, description }: HealthStatus,
  url: string | undefined,
  { github, repository, pace }: ApplyContext,
): Promise<string> {
  const [owner = '', repo = ''] = repository.split('/');
  await pace(1);
  await github.request('POST /repos/{owner}/{repo}/statuses/{sha}', {
    owner,
    repo,
    sha,
    context,
    state,
    description: description.slice(0, 140),
    ...(url === undefined ? {} : { target_url: url }),
  });
  return `${context} on ${sha.slice(0, 7)}: ${state}, ${description}`;
}

import type { Stage } from './stage.ts';

/** Records what `ci deploy` would have: a service's release in an environment, as it came out. */
export async function recordDeployment(
  stage: Stage,
  environment: string,
  service: string,
  digest: string,
  state = 'success',
): Promise<void> {
  const main = await stage.api<{ commit: { sha: string } }>('GET', '/repos/acme/infra/branches/main');
  const { id } = await stage.api<{ id: number }>('POST', '/repos/acme/infra/deployments', {
    ref: main.commit.sha,
    environment,
    task: `deploy:${service}`,
    auto_merge: false,
    required_contexts: [],
    payload: { service, digest },
  });
  await stage.api('POST', `/repos/acme/infra/deployments/${id}/statuses`, { state });
}

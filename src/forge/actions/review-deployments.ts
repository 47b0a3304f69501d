import { raiseEvent } from '../events.ts';
import type { Forge } from '../forge.ts';
import { ApiError, type Identity } from '../http.ts';
import { isTeamMember, requireAccount } from '../permissions.ts';
import type { Account, Deployment, EnvironmentRow, PendingDeployment, RunRow } from '../rows.ts';
import { timestamp } from '../timestamp.ts';
import { words } from '../words.ts';

/** Jobs of a run that wait for an environment's protection rules, with the environment. */
export function waitingEntries(
  forge: Forge,
  run: RunRow,
): readonly { readonly entry: PendingDeployment; readonly environment: EnvironmentRow }[] {
  return forge.store.pendingDeployments.by('run', run.id).flatMap((entry) => {
    const environment = forge.store.environments.get(entry.environmentId);
    const job = forge.store.jobs.get(entry.jobId);
    const waits = entry.state === 'waiting' && job?.status !== 'completed' && job?.attempt === run.attempt;
    return waits && environment !== undefined ? [{ entry, environment }] : [];
  });
}

/** Whether somebody is a reviewer of the environment and not, where that is prevented, the one who started the run. */
export function mayReview(forge: Forge, environment: EnvironmentRow, run: RunRow, account: Account): boolean {
  if (environment.preventSelfReview && run.triggeringActor.id === account.id) return false;
  return environment.reviewers.some((reviewer) =>
    reviewer.type === 'User' ? reviewer.id === account.id : isTeamMember(forge, reviewer.id, account.id),
  );
}

/**
 * Approves or rejects the waiting jobs of some environments; answers their deployments.
 * @throws ApiError 422 when nothing waits there, or the asker may not review it
 */
export function reviewDeployments(
  forge: Forge,
  identity: Identity,
  run: RunRow,
  review: {
    readonly environmentIds: readonly number[];
    readonly state: 'approved' | 'rejected';
    readonly comment: string;
  },
): readonly Deployment[] {
  const { store } = forge;
  const account = requireAccount(identity);
  const found = waitingEntries(forge, run).filter(({ environment }) => review.environmentIds.includes(environment.id));
  if (found.length === 0 || !found.every(({ environment }) => mayReview(forge, environment, run, account)))
    throw new ApiError(422, 'Validation Failed', { errors: words.nothingPending() });
  const at = timestamp(forge);
  const approval = { accountId: account.id, state: review.state, comment: review.comment, at };
  const repository = store.repositories.get(run.repositoryId);
  return store.transaction(() => {
    for (const environment of new Map(found.map((one) => [one.environment.id, one.environment])).values()) {
      if (repository === undefined) continue;
      const { state: action, comment } = review;
      const what = { name: 'deployment_review', action, run, environment, approver: account.id, comment } as const;
      raiseEvent(forge, { ...what, repository, identity });
    }
    return found.flatMap(({ entry }) => {
      store.pendingDeployments.put({ ...entry, approvals: [...entry.approvals, approval] });
      return entry.deploymentId === null ? [] : (store.deployments.get(entry.deploymentId) ?? []);
    });
  });
}

import { latestCheckRuns, latestStatuses } from '../checks/latest-checks.ts';
import { raiseEvent } from '../events.ts';
import type { Forge } from '../forge.ts';
import { readRef, resolveCommit } from '../git/refs.ts';
import { repositoryFolder } from '../git/repository-folder.ts';
import { ApiError, type Identity } from '../http.ts';
import { requireAccount } from '../permissions.ts';
import type { Deployment, Repository } from '../rows.ts';
import { checkState } from '../rules/check-state.ts';
import { timestamp } from '../timestamp.ts';
import { words } from '../words.ts';
import { mergeDefaultBranch } from './merge-default-branch.ts';

export interface NewDeployment {
  readonly ref: string;
  readonly task: string;
  readonly autoMerge: boolean;
  /** Contexts that must have passed; undefined means all that reported. */
  readonly requiredContexts: readonly string[] | undefined;
  readonly payload: unknown;
  readonly environment: string;
  readonly description: string | null;
  readonly transient: boolean;
  readonly production: boolean;
}

/**
 * Creates a deployment as GitHub does: a branch that is behind the default branch is first merged with it, which is
 * all that then happens (`merged` is the answer's sentence); contexts must have passed.
 * @throws ApiError 422 where there is no such ref, 409 for conflicts and failed contexts
 */
export async function createDeployment(
  forge: Forge,
  identity: Identity,
  repository: Repository,
  asked: NewDeployment,
): Promise<{ readonly deployment: Deployment } | { readonly merged: string }> {
  const account = requireAccount(identity);
  const folder = repositoryFolder(forge, repository.id);
  const sha = await resolveCommit(folder, asked.ref);
  if (sha === undefined) throw new ApiError(422, words.refNotFound(asked.ref));
  const branch = asked.ref.replace(/^refs\/heads\//, '');
  if (asked.autoMerge && branch !== repository.defaultBranch && readRef(folder, `refs/heads/${branch}`) !== undefined) {
    const merged = await mergeDefaultBranch(forge, identity, repository, branch);
    if (merged) return { merged: `Auto-merged ${repository.defaultBranch} into ${branch} on deployment.` };
  }
  checkContexts(forge, repository.id, sha, asked);
  const now = timestamp(forge);
  const deployment = forge.store.transaction(() => {
    const made: Deployment = {
      id: forge.store.next('deployments'),
      repositoryId: repository.id,
      sha,
      ref: asked.ref,
      task: asked.task,
      environment: asked.environment,
      description: asked.description,
      payload: asked.payload,
      creatorId: account.id,
      appId: identity.appId ?? null,
      transient: asked.transient,
      production: asked.production,
      createdAt: now,
      updatedAt: now,
    };
    forge.store.deployments.put(made);
    raiseEvent(forge, { name: 'deployment', repository, identity, deployment: made });
    return made;
  });
  return { deployment };
}

function checkContexts(forge: Forge, repositoryId: number, sha: string, asked: NewDeployment): void {
  const reported = [
    ...latestStatuses(forge, repositoryId, sha).map((status) => status.context),
    ...latestCheckRuns(forge, repositoryId, sha).map((run) => run.name),
  ];
  const wanted = asked.requiredContexts ?? [...new Set(reported)];
  const states = wanted.map((context) => ({ context, state: checkState(forge, repositoryId, sha, { context }) }));
  const contexts = states.filter(({ state }) => state !== 'passed');
  if (contexts.length === 0) return;
  throw new ApiError(409, words.deploymentChecksFailed(asked.ref), {
    errors: [{ contexts, resource: 'Deployment', field: 'required_contexts', code: 'invalid' }],
  });
}

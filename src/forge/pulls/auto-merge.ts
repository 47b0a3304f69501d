import { identityOfActor } from '../actor.ts';
import { raiseEvent } from '../events.ts';
import { actionsAppId, type Forge } from '../forge.ts';
import { ApiError, type Identity } from '../http.ts';
import { requireAccount, requirePermission, roleAtLeast, roleOf } from '../permissions.ts';
import type { MergeMethod, Pull } from '../rows.ts';
import { evaluateMerge } from '../rules/evaluate-merge.ts';
import { timestamp } from '../timestamp.ts';
import { words } from '../words.ts';
import { repositoryOf } from './find-pull.ts';
import { carryOutMerge, methodAllowed } from './merge-pull.ts';
import { mergeState } from './merge-state.ts';
import { settlePull } from './settle-pull.ts';

export interface ArmInput {
  readonly method: MergeMethod;
  readonly sha?: string | undefined;
  readonly title?: string | undefined;
  readonly body?: string | undefined;
}

/** Arms auto-merge. @throws ApiError 403, and 422 where GitHub refuses: not allowed, draft, clean, unstable. */
export async function enableAutoMerge(forge: Forge, identity: Identity, asked: Pull, input: ArmInput): Promise<Pull> {
  const account = requireAccount(identity);
  const repository = repositoryOf(forge, asked);
  requirePermission(forge, identity, repository, 'contents', 'write');
  requirePermission(forge, identity, repository, 'pull_requests', 'write');
  const pull = (await settlePull(forge, asked.id)) ?? asked;
  if (!repository.allowAutoMerge) throw new ApiError(422, words.autoMergeNotAllowed());
  if (pull.state === 'closed') throw new ApiError(422, words.cannotArm());
  if (input.sha !== undefined && input.sha !== pull.headSha) {
    throw new ApiError(422, words.headModified());
  }
  if (!methodAllowed(repository, input.method)) {
    throw new ApiError(422, words.armMethod(input.method));
  }
  const state = await mergeState(forge, pull, identity);
  if (state === 'DRAFT') throw new ApiError(422, words.armDraft());
  if (state === 'CLEAN') throw new ApiError(422, words.armClean());
  if (state === 'UNSTABLE') throw new ApiError(422, words.armUnstable());
  if (state === 'DIRTY') throw new ApiError(422, words.armDirty());
  return forge.store.transaction(() => {
    const current = forge.store.pulls.get(pull.id) ?? pull;
    const armed: Pull = {
      ...current,
      autoMerge: {
        enabledById: account.id,
        ...(identity.appId === undefined ? {} : { enabledByAppId: identity.appId }),
        method: input.method,
        commitTitle: input.title ?? null,
        commitMessage: input.body ?? null,
        enabledAt: timestamp(forge),
      },
      updatedAt: timestamp(forge),
    };
    forge.store.pulls.put(armed);
    raiseEvent(forge, { name: 'pull_request', action: 'auto_merge_enabled', repository, identity, pull: armed });
    return armed;
  });
}

/** Disarms it. @throws ApiError 403, 422 */
export function disableAutoMerge(forge: Forge, identity: Identity, pull: Pull): Pull {
  const repository = repositoryOf(forge, pull);
  requirePermission(forge, identity, repository, 'pull_requests', 'write');
  if (pull.autoMerge === null) throw new ApiError(422, words.cannotDisarm());
  return disarm(forge, pull, identity);
}

function disarm(forge: Forge, pull: Pull, identity: Identity): Pull {
  const repository = repositoryOf(forge, pull);
  return forge.store.transaction(() => {
    const current = forge.store.pulls.get(pull.id) ?? pull;
    const disarmed: Pull = { ...current, autoMerge: null, updatedAt: timestamp(forge) };
    forge.store.pulls.put(disarmed);
    raiseEvent(forge, { name: 'pull_request', action: 'auto_merge_disabled', repository, identity, pull: disarmed });
    return disarmed;
  });
}

/** Whoever armed it may have lost the right since: then nothing merges in their name. */
function stillMayWrite(forge: Forge, pull: Pull, identity: Identity): boolean {
  const repository = repositoryOf(forge, pull);
  if (repository.archivedAt !== undefined) return false;
  if (identity.kind === 'user') return roleAtLeast(roleOf(forge, repository, identity.account?.id ?? 0), 'write');
  if (identity.kind !== 'installation') return true;
  return forge.store.installations
    .by('app', identity.appId ?? 0)
    .filter((one) => one.accountId === repository.ownerId && one.permissions['contents'] === 'write')
    .some((one) => one.repositoryIds === 'all' || one.repositoryIds.includes(repository.id));
}

/**
 * Merges an armed pull request if all that is required holds; says whether it did. Rules that only a bypass would
 * pass do not hold: GitHub's auto-merge waits for them whoever armed it.
 */
export async function tryAutoMerge(forge: Forge, asked: Pull): Promise<boolean> {
  const pull = await settlePull(forge, asked.id);
  if (pull?.autoMerge == null || pull.state !== 'open' || pull.draft || pull.mergeRefSha === null) return false;
  const { enabledById, enabledByAppId, method, commitTitle, commitMessage } = pull.autoMerge;
  const kind = enabledByAppId === undefined ? 'user' : enabledByAppId === actionsAppId ? 'job' : 'installation';
  const appId = enabledByAppId === undefined ? {} : { appId: enabledByAppId };
  const identity = identityOfActor(forge, { kind, accountId: enabledById, ...appId });
  if (!stillMayWrite(forge, pull, identity)) {
    disarm(forge, pull, identity);
    return false;
  }
  const { violations, bypassed } = await evaluateMerge(forge, pull, identity, method);
  if (violations.length + bypassed.length > 0) return false;
  try {
    await carryOutMerge(forge, identity, pull, {
      method,
      sha: pull.headSha,
      title: commitTitle ?? undefined,
      body: commitMessage ?? undefined,
    });
    return true;
  } catch (error) {
    // Something changed meanwhile: that change asks again.
    if (error instanceof ApiError) return false;
    throw error;
  }
}

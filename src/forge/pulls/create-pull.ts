import { actorOf } from '../actor.ts';
import { validationFailed } from '../body.ts';
import type { Forge } from '../forge.ts';
import { readRef } from '../git/refs.ts';
import { copyCommit, repositoryFolder } from '../git/repository-folder.ts';
import { settledGit, settledText } from '../git/settled-git.ts';
import { ApiError, type Identity } from '../http.ts';
import { canSee, requireAccount, requirePermission } from '../permissions.ts';
import type { Pull, Repository } from '../rows.ts';
import { timestamp } from '../timestamp.ts';
import { words } from '../words.ts';
import { requestOwners } from './request-owners.ts';
import { settlePull } from './settle-pull.ts';

export interface NewPull {
  readonly repository: Repository;
  readonly title: string;
  readonly body?: string | undefined;
  /** `branch`, or `owner:branch` of a fork. */
  readonly head: string;
  /** Tells forks of the same owner apart. */
  readonly headRepository?: Repository | undefined;
  readonly base: string;
  readonly draft?: boolean | undefined;
  /** Of a fork's branch; so it is unless somebody says otherwise. */
  readonly maintainerCanModify?: boolean | undefined;
}

/** Opens a pull request. @throws ApiError 403, 404, and 422 in GitHub's words. */
export async function createPull(forge: Forge, identity: Identity, input: NewPull): Promise<Pull> {
  const { repository } = input;
  const account = requireAccount(identity);
  requirePermission(forge, identity, repository, 'pull_requests', 'write', 'read');
  if (identity.kind === 'job' && !repository.canApprovePullRequestReviews) {
    throw new ApiError(403, words.jobPull());
  }
  const head = findHead(forge, identity, input);
  const folder = repositoryFolder(forge, repository.id);
  const baseSha = readRef(folder, `refs/heads/${input.base}`);
  if (baseSha === undefined) throw validationFailed({ resource: 'PullRequest', field: 'base', code: 'invalid' });
  const headSha = readRef(repositoryFolder(forge, head.repository.id), `refs/heads/${head.branch}`);
  if (headSha === undefined) throw validationFailed({ resource: 'PullRequest', field: 'head', code: 'invalid' });
  refuseSecond(forge, input, head);
  if (head.repository.id !== repository.id) await copyCommit(forge, head.repository.id, repository.id, headSha);
  const commits = await countCommits(folder, baseSha, headSha);
  if (commits === undefined) {
    throw custom(words.noHistory(head.branch, input.base));
  }
  if (commits === 0) throw custom(words.noCommits(input.base, head.label));
  const id = forge.store.transaction(() => {
    refuseSecond(forge, input, head);
    const at = timestamp(forge);
    const pull: Pull = {
      id: forge.store.next('pulls'),
      repositoryId: repository.id,
      number: forge.store.next(`number:${repository.id}`),
      title: input.title,
      body: input.body ?? null,
      state: 'open',
      draft: input.draft ?? false,
      authorId: account.id,
      ...(identity.appId === undefined ? {} : { authorAppId: identity.appId }),
      headRepositoryId: head.repository.id,
      ...(head.repository.id === repository.id
        ? {}
        : { maintainerCanModify: input.maintainerCanModify ?? identity.kind === 'user' }),
      headRef: head.branch,
      headSha,
      baseRef: input.base,
      baseSha,
      mergeRefSha: null,
      labels: [],
      requestedReviewerIds: [],
      requestedTeamIds: [],
      autoMerge: null,
      merged: false,
      mergedAt: null,
      mergedById: null,
      mergeCommitSha: null,
      // Whoever opens it may not be who pushed it: their approval must not count as another's.
      lastPusherId: lastPusher(forge, head) ?? account.id,
      createdAt: at,
      updatedAt: at,
      closedAt: null,
      owed: { action: 'opened', actor: actorOf(identity, account.id) },
    };
    forge.store.pulls.put(pull);
    return pull.id;
  });
  await settlePull(forge, id);
  await requestOwners(forge, identity, id);
  const settled = forge.store.pulls.get(id);
  if (settled === undefined) throw new ApiError(404, 'Not Found');
  return settled;
}

interface Head {
  readonly repository: Repository;
  readonly branch: string;
  /** As GitHub's messages name it. */
  readonly label: string;
}

function lastPusher(forge: Forge, head: Head): number | undefined {
  return forge.store.branchPushes.by('ref', `${head.repository.id}/refs/heads/${head.branch}`)[0]?.accountId;
}

function findHead(forge: Forge, identity: Identity, input: NewPull): Head {
  const invalid = validationFailed({ resource: 'PullRequest', field: 'head', code: 'invalid' });
  const colon = input.head.indexOf(':');
  if (colon === -1) {
    return { repository: input.headRepository ?? input.repository, branch: input.head, label: input.head };
  }
  const owner = input.head.slice(0, colon).toLowerCase();
  const branch = input.head.slice(colon + 1);
  const account = forge.store.accounts.by('login', owner)[0];
  if (account === undefined) throw invalid;
  const root = input.repository.forkOf ?? input.repository.id;
  const repository =
    input.headRepository ??
    (account.id === input.repository.ownerId
      ? input.repository
      : forge.store.repositories.by('owner', account.id).find((one) => one.id === root || one.forkOf === root));
  if (repository === undefined || !canSee(forge, identity, repository)) throw invalid;
  return { repository, branch, label: input.head };
}

function refuseSecond(forge: Forge, input: NewPull, head: Head): void {
  const open = forge.store.pulls
    .by('head', `${head.repository.id}/${head.branch}`)
    .some((pull) => pull.state === 'open' && pull.repositoryId === input.repository.id && pull.baseRef === input.base);
  const owner = forge.store.accounts.get(head.repository.ownerId)?.login ?? '';
  if (open) throw custom(words.pullExists(`${owner}:${head.branch}`));
}

/** Commits of `head` that `base` has not; undefined where they have no history in common. */
async function countCommits(folder: string, base: string, head: string): Promise<number | undefined> {
  if ((await settledGit(folder, ['merge-base', base, head], [1])).code === 1) return undefined;
  return Number(await settledText(folder, ['rev-list', '--count', `${base}..${head}`]));
}

function custom(message: string): ApiError {
  return validationFailed({ resource: 'PullRequest', code: 'custom', message });
}

import { actorOf } from '../actor.ts';
import type { Forge } from '../forge.ts';
import { githubCommitter, makeMerge } from '../git/merge.ts';
import { moveRefs, type RefOutcome } from '../git/move-refs.ts';
import { repositoryFolder } from '../git/repository-folder.ts';
import { signCommit } from '../git/signed-commits.ts';
import { ApiError, type Identity } from '../http.ts';
import { requireAccount, requirePermission } from '../permissions.ts';
import { noreplyEmail } from '../present/account.ts';
import type { Account, MergeMethod, Pull, Repository } from '../rows.ts';
import { evaluateMerge } from '../rules/evaluate-merge.ts';
import { timestamp } from '../timestamp.ts';
import { words } from '../words.ts';
import { deleteOwedHead } from './delete-head.ts';
import { repositoryOf } from './find-pull.ts';
import { defaultMergeMessage, joinMessage } from './merge-message.ts';
import { settlePull } from './settle-pull.ts';

export interface MergeInput {
  readonly method: MergeMethod;
  /** The head that was looked at. */
  readonly sha?: string | undefined;
  readonly title?: string | undefined;
  readonly body?: string | undefined;
}

/** How often a base that moves meanwhile is taken again before GitHub's 405. */
const attempts = 5;

/** Merges a pull request for somebody who may write. @throws ApiError 403, 405, 409 in GitHub's words. */
export async function mergePull(forge: Forge, identity: Identity, pull: Pull, input: MergeInput): Promise<Pull> {
  requireAccount(identity);
  requirePermission(forge, identity, repositoryOf(forge, pull), 'contents', 'write');
  return carryOutMerge(forge, identity, pull, input);
}

/** The merge itself, for an identity whose permission was checked when it asked. */
export async function carryOutMerge(forge: Forge, identity: Identity, asked: Pull, input: MergeInput): Promise<Pull> {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const pull = (await settlePull(forge, asked.id)) ?? asked;
    const repository = repositoryOf(forge, pull);
    refuseUnfit(repository, pull, input);
    const { violations } = await evaluateMerge(forge, pull, identity, input.method);
    if (violations.length > 0) throw refusedByRules(violations.map((one) => one.message));
    const outcome = await tryMerge(forge, identity, repository, pull, input);
    if (outcome.outcome === 'refused') throw refusedByRules(outcome.violations ?? [outcome.message ?? '']);
    if (outcome.outcome === 'conflict') continue;
    await deleteOwedHead(forge, pull.id);
    return forge.store.pulls.get(pull.id) ?? pull;
  }
  throw new ApiError(405, words.baseModified());
}

async function tryMerge(
  forge: Forge,
  identity: Identity,
  repository: Repository,
  pull: Pull,
  input: MergeInput,
): Promise<Pick<RefOutcome, 'outcome' | 'message' | 'violations'>> {
  const ref = `refs/heads/${pull.baseRef}`;
  const at = timestamp(forge);
  const usual = await defaultMergeMessage(forge, pull, input.method);
  const merger = signature(identity.account, at);
  const made = await makeMerge(repositoryFolder(forge, repository.id), {
    base: pull.baseSha,
    head: pull.headSha,
    method: input.method,
    message: joinMessage({ title: input.title ?? usual.title, body: input.body ?? usual.body }),
    author: input.method === 'squash' ? signature(forge.store.accounts.get(pull.authorId), at) : merger,
    committer: input.method === 'rebase' ? merger : githubCommitter(at),
  });
  if ('conflict' in made) throw new ApiError(405, words.notMergeable());
  if (input.method !== 'rebase') signCommit(forge, made.sha);
  const merging = { sha: made.sha, actor: actorOf(identity, pull.authorId) };
  const marked = mark(forge, pull, merging);
  if (marked === undefined) return { outcome: 'conflict' };
  const updates = [{ ref, before: pull.baseSha, after: made.sha }];
  const { method } = input;
  let moved = false;
  try {
    const [outcome] = await moveRefs(forge, { repository, identity, updates, via: 'merge', pull: marked, method });
    moved = outcome?.outcome === 'moved';
    return outcome ?? { outcome: 'conflict' };
  } finally {
    if (!moved) mark(forge, pull, undefined);
  }
}

/** Notes the merge under way, unless head, base or state changed since it was looked at. */
function mark(forge: Forge, seen: Pull, merging: Pull['merging'] | undefined): Pull | undefined {
  return forge.store.transaction(() => {
    const current = forge.store.pulls.get(seen.id);
    if (current === undefined || current.state !== 'open') return undefined;
    if (merging !== undefined && (current.headSha !== seen.headSha || current.baseSha !== seen.baseSha))
      return undefined;
    // Two at once: the other's ref is about to move, and must find its own merge noted.
    if (merging !== undefined && current.merging !== undefined) return undefined;
    const { merging: _merging, ...rest } = current;
    const marked: Pull = { ...rest, ...(merging === undefined ? {} : { merging }) };
    forge.store.pulls.put(marked);
    return marked;
  });
}

function refuseUnfit(repository: Repository, pull: Pull, input: MergeInput): void {
  if (pull.state === 'closed') throw new ApiError(405, words.notMergeable());
  if (input.sha !== undefined && input.sha !== pull.headSha) {
    throw new ApiError(409, words.headModified());
  }
  if (pull.draft) throw new ApiError(405, words.stillDraft());
  if (!methodAllowed(repository, input.method))
    throw new ApiError(405, words.methodNotAllowed(methodNames[input.method]));
  if (pull.mergeRefSha === null) throw new ApiError(405, words.notMergeable());
}

const methodNames: Readonly<Record<MergeMethod, string>> = {
  merge: 'Merge commits',
  squash: 'Squash merges',
  rebase: 'Rebase merges',
};

export function methodAllowed(repository: Repository, method: MergeMethod): boolean {
  if (method === 'merge') return repository.allowMergeCommit;
  return method === 'squash' ? repository.allowSquashMerge : repository.allowRebaseMerge;
}

function refusedByRules(sentences: readonly string[]): ApiError {
  return new ApiError(405, words.violations(sentences));
}

function signature(account: Account | undefined, at: string): { name: string; email: string; at: string } {
  if (account === undefined) return { name: 'ghost', email: 'ghost@users.noreply.github.com', at };
  return { name: account.name ?? account.login, email: noreplyEmail(account), at };
}

import type { Forge } from '../forge.ts';
import type { Identity } from '../http.ts';
import { closeIssues } from '../issues/closing-keywords.ts';
import { refMoved } from '../ref-moved.ts';
import type { Pull, Repository } from '../rows.ts';
import { evaluateRefUpdate } from '../rules/evaluate-ref-update.ts';
import { recordSuite } from '../rules/record-suite.ts';
import { words } from '../words.ts';
import { applyMoves, isFailedMove } from './apply-moves.ts';
import { readCommits } from './objects.ts';
import { isRefName, readRef, zeroSha } from './refs.ts';
import { repositoryFolder } from './repository-folder.ts';
import { withRepositoryLock } from './repository-lock.ts';
import { workflowRefusal } from './workflow-refusal.ts';

export { zeroSha } from './refs.ts';
export { settleRefIntents } from './settle-ref-intents.ts';

export interface RefUpdate {
  /** `refs/heads/main` */
  readonly ref: string;
  /** What the ref must be now (`zeroSha`: it must not exist); absent: whatever it is. */
  readonly before?: string;
  /** `zeroSha` deletes the ref. */
  readonly after: string;
}

export interface RefMove {
  readonly repository: Repository;
  readonly identity: Identity;
  readonly updates: readonly RefUpdate[];
  /** `system` asks no rules: refs of the forge's own, and what an operation that was already judged entails. */
  readonly via: 'push' | 'merge' | 'api' | 'system';
  /** The pull request being merged. */
  readonly pull?: Pull;
  /** How, for a merge. */
  readonly method?: 'merge' | 'squash' | 'rebase';
  /** Where a push's objects are until its updates are allowed. */
  readonly quarantine?: Quarantine;
  /** A fork's branch that fetches what its parent has. */
  readonly fetchAndMerge?: boolean;
  /** All or none. */
  readonly atomic?: boolean;
}

export interface Quarantine {
  /** What git needs to see the objects in quarantine. */
  readonly env: Readonly<Record<string, string>>;
  /** Moves the objects into the repository. */
  accept(): Promise<void>;
}

export interface RefOutcome {
  readonly ref: string;
  readonly outcome: 'moved' | 'refused' | 'conflict';
  readonly before: string;
  readonly after: string;
  /** Why not, in GitHub's words. */
  readonly message?: string;
  /** Rules that refuse, a sentence each. */
  readonly violations?: readonly string[];
  /** Rules that would have refused somebody else. */
  readonly bypassed?: readonly string[];
}

/**
 * The one function that moves refs: takes the repository's lock, asks the rules, notes its intent, runs
 * `git update-ref` as compare-and-swap and carries out the consequences. Outcomes are in the order of the updates.
 */
export function moveRefs(forge: Forge, move: RefMove): Promise<readonly RefOutcome[]> {
  return withRepositoryLock(forge, move.repository.id, async () => {
    const outcomes: RefOutcome[] = [];
    for (const update of move.updates) outcomes.push(await judge(forge, move, update));
    const failed = outcomes.some((one) => one.outcome !== 'moved');
    if (failed && move.atomic === true) return outcomes.map(alsoRefused);
    const allowed = outcomes.filter((one) => one.outcome === 'moved' && one.before !== one.after);
    if (allowed.length === 0) return outcomes;
    await move.quarantine?.accept();
    const failures = await carryOut(forge, move, allowed);
    for (const one of allowed) if (!failures.has(one)) await closeNamedIssues(forge, move, one);
    return outcomes.map((one) => failures.get(one) ?? one);
  });
}

async function judge(forge: Forge, move: RefMove, update: RefUpdate): Promise<RefOutcome> {
  const folder = repositoryFolder(forge, move.repository.id);
  const current = readRef(folder, update.ref) ?? zeroSha;
  const before = update.before ?? current;
  const outcome = { ref: update.ref, before, after: update.after };
  if (!isRefName(update.ref)) return { ...outcome, outcome: 'refused', message: 'funny refname' };
  if (before !== current) return { ...outcome, outcome: 'conflict', message: 'failed to update ref' };
  if (before === zeroSha && update.after === zeroSha) {
    return { ...outcome, outcome: 'conflict', message: 'reference does not exist' };
  }
  if (move.via === 'system' || before === update.after) return { ...outcome, outcome: 'moved' };
  const { repository, identity, via } = move;
  if (update.after === zeroSha && update.ref === `refs/heads/${repository.defaultBranch}`) {
    return { ...outcome, outcome: 'refused', message: `refusing to delete the current branch: ${update.ref}` };
  }
  const question = {
    repository,
    identity,
    ref: update.ref,
    before,
    after: update.after,
    via,
    ...(move.pull === undefined ? {} : { pull: move.pull }),
    ...(move.method === undefined ? {} : { method: move.method }),
    ...(move.quarantine === undefined ? {} : { env: move.quarantine.env }),
    ...(move.fetchAndMerge === undefined ? {} : { fetchAndMerge: move.fetchAndMerge }),
    recorded: true,
  };
  const refusal = await workflowRefusal(forge, question);
  if (refusal !== undefined) return { ...outcome, outcome: 'refused', message: refusal };
  const verdict = await evaluateRefUpdate(forge, question);
  recordSuite(forge, question, verdict);
  const bypassed = verdict.bypassed.map((one) => one.message);
  if (verdict.violations.length === 0) {
    return { ...outcome, outcome: 'moved', ...(bypassed.length === 0 ? {} : { bypassed }) };
  }
  const violations = verdict.violations.map((one) => one.message);
  return { ...outcome, outcome: 'refused', message: words.declined(), violations };
}

function alsoRefused(one: RefOutcome): RefOutcome {
  return one.outcome === 'moved' ? { ...one, outcome: 'refused', message: 'atomic push failure' } : one;
}

/** Commits that come into the default branch close the issues that their messages name. */
async function closeNamedIssues(forge: Forge, move: RefMove, { ref, before, after }: RefOutcome): Promise<void> {
  const { repository, identity, via } = move;
  const { issues } = forge.store;
  if (via === 'system' || ref !== `refs/heads/${repository.defaultBranch}` || after === zeroSha) return;
  if (before === zeroSha || !issues.by('repository', repository.id).some((one) => one.state === 'open')) return;
  const folder = repositoryFolder(forge, repository.id);
  const commits = await readCommits(folder, ['--max-count=250', `${before}..${after}`]);
  const text = commits.map((one) => one.message).join('\n');
  forge.store.transaction(() => closeIssues(forge, repository, text, identity));
}

/** Notes the intent, moves, and carries out the consequences in one transaction; answers what git did not move. */
async function carryOut(
  forge: Forge,
  move: RefMove,
  allowed: readonly RefOutcome[],
): Promise<ReadonlyMap<RefOutcome, RefOutcome>> {
  const { store } = forge;
  const { repository, identity } = move;
  const actor = {
    actorId: identity.account?.id ?? 0,
    ...(identity.appId === undefined ? {} : { appId: identity.appId }),
    tokenKind: identity.kind === 'system' ? ('system' as const) : (identity.token?.kind ?? ('system' as const)),
  };
  const intents = store.transaction(() =>
    allowed.map((one) => {
      const { ref, before, after } = one;
      const intent = { id: store.next('refIntents'), repositoryId: repository.id, ref, before, after, ...actor };
      store.refIntents.put(intent);
      return intent;
    }),
  );
  const results = await applyMoves(repositoryFolder(forge, repository.id), allowed, move.atomic === true);
  const failures = new Map<RefOutcome, RefOutcome>();
  store.transaction(() => {
    for (const [index, one] of allowed.entries()) {
      const intent = intents[index];
      const result = results[index];
      if (intent !== undefined) store.refIntents.delete(intent.id);
      if (result !== undefined && isFailedMove(result)) {
        failures.set(one, { ...one, outcome: 'conflict', message: result.message });
      } else {
        refMoved(forge, { repository, ref: one.ref, before: one.before, after: one.after, identity });
      }
    }
  });
  return failures;
}

import type { Forge } from '../forge.ts';
import type { RuleSuite } from '../rows.ts';
import { timestamp } from '../timestamp.ts';
import type { Evaluation, RefUpdateQuestion, Verdict } from './evaluate-ref-update.ts';

/** So many suites of a repository are kept; GitHub keeps a month. */
const kept = 1000;

/** Keeps what the rules said to a move; nothing where no rule applied. */
export function recordSuite(forge: Forge, question: RefUpdateQuestion, verdict: Verdict): void {
  if (verdict.evaluations.length === 0) return;
  const { store } = forge;
  const { repository, identity, ref, before, after } = question;
  const active = verdict.evaluations.filter((one) => one.enforcement === 'active');
  store.transaction(() => {
    store.ruleSuites.put({
      id: store.next('ruleSuites'),
      repositoryId: repository.id,
      ref,
      before,
      after,
      actorId: identity.account?.id ?? null,
      at: timestamp(forge),
      result: resultOf(active),
      evaluationResult: active.length === verdict.evaluations.length ? null : resultOf(verdict.evaluations),
      evaluations: verdict.evaluations.map(({ passes: _passes, ...one }) => one),
    });
    const all = store.ruleSuites.by('repository', repository.id);
    for (const old of all.slice(0, Math.max(0, all.length - kept))) store.ruleSuites.delete(old.id);
  });
}

function resultOf(evaluations: readonly Evaluation[]): RuleSuite['result'] {
  const failed = evaluations.filter((one) => one.result === 'fail');
  if (failed.length === 0) return 'pass';
  return failed.every((one) => one.passes) ? 'bypass' : 'fail';
}

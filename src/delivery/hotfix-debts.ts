import { type Debt, debts, type Hotfix } from '../model/hotfix.ts';

/** What was found out about a hotfix's debts without asking anybody. */
export interface DebtFacts {
  /** The application's default branch has the fix. */
  readonly ported: boolean;
  /** Skipped environments that still run something without it. */
  readonly lacking: readonly string[];
}

export interface DebtState {
  readonly debt: Debt;
  readonly due: string;
  readonly state: 'paid' | 'open' | 'overdue';
  readonly how: string;
}

const ways: Readonly<Record<Debt, string>> = {
  'forward-port': 'bring it to the default branch: git cherry-pick -x, or a line "Forward-Port: hotfixes/<name>"',
  'back-fill': 'promote a release that has it to',
  cleanup: 'send what was skipped through the whole pipeline, then add cleanup to "paid" of its record',
  'post-mortem': 'write down what happened, then add post-mortem to "paid" of its record',
};

/** What a hotfix owes, and since when it is too late; the first two are seen, the others people write down. */
export function debtsOf(hotfix: Hotfix, facts: DebtFacts, now: number): readonly DebtState[] {
  return debts.flatMap((debt): readonly DebtState[] => {
    const due = hotfix.due[debt];
    if (due === undefined) return [];
    const seen = debt === 'forward-port' ? facts.ported : debt === 'back-fill' ? facts.lacking.length === 0 : false;
    const paid = seen || hotfix.paid.includes(debt);
    const how = debt === 'back-fill' ? `${ways[debt]} ${facts.lacking.join(', ')}` : ways[debt];
    // A date that cannot be read has passed.
    return [{ debt, due, state: paid ? 'paid' : Date.parse(due) > now ? 'open' : 'overdue', how: paid ? '' : how }];
  });
}

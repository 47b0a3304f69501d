import type { Forge } from '../forge.ts';
import { repositoryFolder } from '../git/repository-folder.ts';
import type { Identity } from '../http.ts';
import type { MergeMethod, Pull, Repository, RuleSuite } from '../rows.ts';
import { applicableRulesets } from './applicable-rulesets.ts';
import { type BypassMode, bypassOf } from './bypass.ts';
import { judges } from './judges.ts';

export interface Violation {
  readonly rulesetId: number;
  readonly rule: string;
  /** What is missing, for merge states: `behind` is strict checks alone, `checks` a required check, `review` an approval. */
  readonly kind: ViolationKind;
  /** GitHub's sentence. */
  readonly message: string;
}

export type ViolationKind = 'ref' | 'review' | 'checks' | 'behind' | 'deployment' | 'content' | 'method' | 'pattern';

export interface RefUpdateQuestion {
  readonly repository: Repository;
  readonly identity: Identity;
  readonly ref: string;
  readonly before: string;
  /** For a merge that is only asked about, the pull request's head. */
  readonly after: string;
  readonly via: 'push' | 'merge' | 'api';
  readonly pull?: Pull;
  /** Of a merge; absent when any method will do. */
  readonly method?: MergeMethod;
  /** A fork's branch that fetches what its parent has, which an `update` rule may let through. */
  readonly fetchAndMerge?: boolean;
  /** For commits that are not yet in the repository. */
  readonly env?: Readonly<Record<string, string>>;
  /** A move that is about to happen: rulesets in evaluate mode are asked too, and `evaluations` is what a suite keeps. */
  readonly recorded?: boolean;
}

export interface Verdict {
  /** Rules that refuse. */
  readonly violations: readonly Violation[];
  /** Rules that refuse everybody but those who may bypass them, as the asker may. */
  readonly bypassed: readonly Violation[];
  readonly evaluations: readonly Evaluation[];
}

export type Evaluation = RuleSuite['evaluations'][number] & { readonly passes: boolean };

/** Asks every rule that applies to a ref whether it may move so. The one evaluator, whichever way the ref moves. */
export async function evaluateRefUpdate(forge: Forge, question: RefUpdateQuestion): Promise<Verdict> {
  const { repository, identity, ref, via, env, recorded } = question;
  const history = { folder: repositoryFolder(forge, repository.id), ...(env === undefined ? {} : { env }) };
  const violations = new Map<string, Violation>();
  const bypassed = new Map<string, Violation>();
  const evaluations: Evaluation[] = [];
  const enforcements = recorded === true ? (['active', 'evaluate'] as const) : (['active'] as const);
  for (const ruleset of applicableRulesets(forge, repository, ref, enforcements)) {
    const mode = bypassOf(forge, ruleset, identity, repository);
    if (mode === 'exempt') continue;
    const passes = mayPass(mode, via, ruleset.target);
    const active = ruleset.enforcement === 'active';
    for (const rule of ruleset.rules) {
      const found = (await judges[rule.type]?.({ forge, question, history, parameters: rule.parameters ?? {} })) ?? [];
      evaluations.push({
        rulesetId: ruleset.id,
        rule: rule.type,
        enforcement: active ? 'active' : 'evaluate',
        result: found.length === 0 ? 'pass' : 'fail',
        details: found.length === 0 ? null : found.map((one) => one.message).join('\n'),
        passes,
      });
      if (!active) continue;
      for (const { kind, message } of found) {
        const violation = { rulesetId: ruleset.id, rule: rule.type, kind, message };
        (passes ? bypassed : violations).set(`${rule.type} ${message}`, violation);
      }
    }
  }
  return { violations: [...violations.values()], bypassed: [...bypassed.values()], evaluations };
}

/** `pull_request` lets somebody pass while merging a pull request, and only through rules of branches. */
function mayPass(mode: BypassMode | undefined, via: RefUpdateQuestion['via'], target: string): boolean {
  return mode === 'always' || (mode === 'pull_request' && via === 'merge' && target === 'branch');
}

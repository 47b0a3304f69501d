import type { Forge } from '../forge.ts';
import { repositoryFolder } from '../git/repository-folder.ts';
import type { Identity } from '../http.ts';
import type { MergeMethod, Pull, Repository } from '../rows.ts';
import { applicableRulesets } from './applicable-rulesets.ts';
import { bypassOf } from './bypass.ts';
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
  /** For commits that are not yet in the repository. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface Verdict {
  /** Rules that refuse. */
  readonly violations: readonly Violation[];
  /** Rules that refuse everybody but those who may bypass them, as the asker may. */
  readonly bypassed: readonly Violation[];
}

/** Asks every rule that applies to a ref whether it may move so. The one evaluator, whichever way the ref moves. */
export async function evaluateRefUpdate(forge: Forge, question: RefUpdateQuestion): Promise<Verdict> {
  const { repository, identity, ref, via, env } = question;
  const history = { folder: repositoryFolder(forge, repository.id), ...(env === undefined ? {} : { env }) };
  const violations = new Map<string, Violation>();
  const bypassed = new Map<string, Violation>();
  for (const ruleset of applicableRulesets(forge, repository, ref)) {
    const mode = bypassOf(forge, ruleset, identity, repository);
    if (mode === 'exempt') continue;
    const passes = mode === 'always' || (mode === 'pull_request' && via === 'merge');
    for (const rule of ruleset.rules) {
      const found = await judges[rule.type]?.({ forge, question, history, parameters: rule.parameters ?? {} });
      for (const { kind, message } of found ?? []) {
        const violation = { rulesetId: ruleset.id, rule: rule.type, kind, message };
        (passes ? bypassed : violations).set(`${rule.type} ${message}`, violation);
      }
    }
  }
  return { violations: [...violations.values()], bypassed: [...bypassed.values()] };
}

/** The message of a refusal over HTTP. */
export function violationsMessage(messages: readonly string[]): string {
  return `Repository rule violations found\n\n${messages.join('\n\n')}\n\n`;
}

import type { BypassActor, Check, Rule } from './rule.ts';

/** What trunkline.yaml makes of a repository's settings. What is not named is nobody's business here and stays. */
export interface WantedSettings {
  readonly rulesets: readonly WantedRuleset[];
  readonly environments: readonly WantedEnvironment[];
  /** As the API names them. */
  readonly actions: Readonly<Record<string, boolean | string>>;
  readonly workflows: Readonly<Record<string, boolean | string>>;
  /** Who of those from outside must be let by before their pull request runs anything. */
  readonly forkApproval: ForkApproval;
  /** What pull requests from forks of a private repository may do. */
  readonly privateForks: Readonly<Record<string, boolean>>;
  readonly merging: Readonly<Record<string, boolean>>;
  /** That the subject of OIDC tokens is made as GitHub does unless told otherwise, where a cloud trusts it. */
  readonly defaultSubject: true | undefined;
  /** The text of `.github/CODEOWNERS`; undefined where nobody is named. */
  readonly codeowners: string | undefined;
}

export type ForkApproval =
  | 'first_time_contributors_new_to_github'
  | 'first_time_contributors'
  | 'all_external_contributors';

export interface WantedRuleset {
  /** By this, its target and being the repository's own it is found again. */
  readonly name: string;
  readonly target: 'branch' | 'tag';
  readonly include: readonly string[];
  /** Parameters that are not named stay as they are. */
  readonly rules: readonly Rule[];
  readonly bypass: readonly BypassActor[];
  /** Wanted where GitHub takes it, which is not known before it is asked. */
  readonly optional?: boolean;
}

export interface WantedEnvironment {
  readonly name: string;
  readonly reviewers: readonly Reviewer[];
  /** In minutes. */
  readonly wait: number;
  readonly policies: readonly BranchPolicy[];
}

export interface Reviewer {
  readonly type: 'Team' | 'User';
  readonly id: number;
  readonly name: string;
}

export interface BranchPolicy {
  readonly type: 'branch' | 'tag';
  readonly name: string;
}

/** The checks that a ruleset requires. */
export function checksOf(rules: readonly Rule[]): readonly Check[] {
  const rule = rules.find((one) => one.type === 'required_status_checks');
  return (rule?.parameters?.['required_status_checks'] as readonly Check[] | undefined) ?? [];
}

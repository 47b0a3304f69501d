export type RulesetTarget = 'branch' | 'tag' | 'push';

/** One that the property's value is among. */
export interface PropertyCondition {
  readonly name: string;
  readonly property_values: readonly string[];
  readonly source?: 'custom' | 'system';
}

export interface Ruleset {
  readonly id: number;
  readonly name: string;
  readonly sourceType: 'Repository' | 'Organization';
  /** Repository or account id. */
  readonly sourceId: number;
  readonly target: RulesetTarget;
  readonly enforcement: 'active' | 'evaluate' | 'disabled';
  readonly conditions: {
    readonly ref_name?: { readonly include: readonly string[]; readonly exclude: readonly string[] };
    /** Of an organisation's ruleset: the repositories it means. */
    readonly repository_name?: { readonly include: readonly string[]; readonly exclude: readonly string[] };
    readonly repository_property?: {
      readonly include: readonly PropertyCondition[];
      readonly exclude: readonly PropertyCondition[];
    };
    readonly repository_id?: { readonly repository_ids: readonly number[] };
  };
  /** As the API takes them. */
  readonly rules: readonly { readonly type: string; readonly parameters?: Readonly<Record<string, unknown>> }[];
  readonly bypassActors: readonly {
    readonly actor_id: number | null;
    readonly actor_type: 'Integration' | 'OrganizationAdmin' | 'RepositoryRole' | 'Team' | 'DeployKey' | 'User';
    readonly bypass_mode: 'always' | 'pull_request' | 'exempt';
  }[];
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** How a ruleset was, each time somebody changed it. */
export interface RulesetVersion {
  readonly id: number;
  readonly rulesetId: number;
  readonly actorId: number;
  readonly at: string;
  readonly state: Pick<Ruleset, 'name' | 'target' | 'enforcement' | 'conditions' | 'rules' | 'bypassActors'>;
}

/** What the rules said to one move of a ref: GitHub's "rule insights". */
export interface RuleSuite {
  readonly id: number;
  readonly repositoryId: number;
  readonly ref: string;
  readonly before: string;
  readonly after: string;
  readonly actorId: number | null;
  readonly at: string;
  readonly result: 'pass' | 'fail' | 'bypass';
  /** As if the rulesets in evaluate mode were in force; null where there is none. */
  readonly evaluationResult: 'pass' | 'fail' | 'bypass' | null;
  readonly evaluations: readonly {
    readonly rulesetId: number;
    readonly rule: string;
    readonly enforcement: 'active' | 'evaluate';
    readonly result: 'pass' | 'fail';
    readonly details: string | null;
  }[];
}

/** A rule of a ruleset, as the API has it. */
export interface Rule {
  readonly type: string;
  readonly parameters?: Readonly<Record<string, unknown>>;
}

export interface Check {
  readonly context: string;
  /** The App that must say so; whoever may write statuses can where there is none. */
  readonly integration_id?: number;
}

export interface BypassActor {
  readonly actor_type: string;
  readonly actor_id: number | null;
  readonly bypass_mode: string;
}

/** GitHub Actions, as an App. */
export const actionsApp = 15368;

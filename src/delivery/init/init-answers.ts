/** What `init` was told, by flags or at a terminal. Absent: it was not. */
export interface InitAnswers {
  readonly kind?: InitKind;
  /** `owner/name` of this repository. */
  readonly repository?: string;
  /** `owner/name` of the infra repository, for an application. */
  readonly infra?: string;
  /** Which application repositories may ship which services; no service named means all that were found. */
  readonly accept?: readonly { readonly repository: string; readonly services: readonly string[] }[];
  /** Service → slug of its team; `*` for all that are not named. */
  readonly teams?: ReadonlyMap<string, string>;
  /** Names of environments, in the order in which releases pass them. */
  readonly environments?: readonly string[];
  /** What brings a release into an environment; empty where something else does. */
  readonly deploy?: string;
  /** Further services, name → folder. */
  readonly services?: ReadonlyMap<string, string>;
  /** Give each service a manifest of its own where several share one. */
  readonly split?: boolean;
}

export type InitKind = 'services' | 'environments' | 'both';

/** Something that `init` cannot see. */
export interface InitQuestion {
  readonly key: 'kind' | 'repository' | 'infra' | 'accept' | 'teams' | 'environments' | 'deploy' | 'split';
  readonly text: string;
  /** The flag that answers it without a terminal. */
  readonly flag: string;
  /** Taken for an empty line at a terminal. */
  readonly suggestion?: string;
}

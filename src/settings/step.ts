/** One request that changes something. All of them can be sent again. */
export interface Step {
  /** For people: what it does. */
  readonly title: string;
  readonly method: 'PUT' | 'POST' | 'PATCH' | 'DELETE';
  /** Below `/repos/{owner}/{repo}`. */
  readonly path: string;
  readonly body?: Readonly<Record<string, unknown>>;
  /** That GitHub refuses it (422) is said, and is no reason to stop. */
  readonly optional?: boolean;
}

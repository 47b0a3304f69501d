/** One request that changes something. All of them can be sent again. */
export interface Step {
  /** For people: what it does. */
  readonly title: string;
  readonly method: 'PUT' | 'POST' | 'PATCH' | 'DELETE';
  /** Below `/repos/{owner}/{repo}`. */
  readonly path: string;
  readonly body?: Readonly<Record<string, unknown>>;
}

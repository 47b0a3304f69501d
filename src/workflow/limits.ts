/** How much GitHub reads of a workflow and of what it calls (actions/runner, ParseOptions.cs). */
export interface Limits {
  /** Lists and mappings within each other. */
  readonly depth: number;
  /** Characters of one file. */
  readonly fileSize: number;
  /** Bytes of all files as GitHub counts them in memory. */
  readonly resultSize: number;
  /** Scalars, lists and mappings of one file, each as often as an alias repeats it. */
  readonly nodes: number;
  /** Levels of called workflows below the first (docs.github.com, "Reusing workflow configurations"). */
  readonly callDepth: number;
  /** Files: the first and those that it calls. */
  readonly files: number;
  /** Jobs in all files. */
  readonly jobs: number;
}

export const githubLimits: Limits = {
  depth: 50,
  fileSize: 1024 * 1024,
  resultSize: 10 * 1024 * 1024,
  nodes: 50_000,
  callDepth: 9,
  files: 51,
  jobs: Number.POSITIVE_INFINITY,
};

/** What has been read so far, counted over all files of a run. */
export class Usage {
  #bytes = 0;
  readonly #limit: number;

  constructor(limits: Limits) {
    this.#limit = limits.resultSize;
  }

  /** @throws Error in GitHub's words beyond the limit */
  add(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes > this.#limit) throw new Error('Maximum object size exceeded');
  }

  /** A scalar's share; text counts by its length. */
  addScalar(value: unknown): void {
    this.add(typeof value === 'string' ? 24 + 26 + value.length * 2 : 24);
  }
}

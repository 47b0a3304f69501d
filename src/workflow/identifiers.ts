/** The ids of one scope: the jobs of a file, or the steps of a job. GitHub compares them without case. */
export class Identifiers {
  readonly #known = new Set<string>();

  /** What is wrong with the id, in GitHub's words. */
  add(id: string): string | undefined {
    if (!/^[A-Za-z_][A-Za-z0-9_-]*$/.test(id) || id.length >= 100) {
      return `The identifier '${id}' is invalid. IDs may only contain alphanumeric characters, '_', and '-'. IDs must start with a letter or '_' and and must be less than 100 characters.`;
    }
    if (id.startsWith('__')) return `The identifier '${id}' is invalid. IDs starting with '__' are reserved.`;
    if (this.#known.has(id.toLowerCase())) {
      return `The identifier '${id}' may not be used more than once within the same scope.`;
    }
    this.#known.add(id.toLowerCase());
    return undefined;
  }
}

/** Where `$/` leads: the repository and commit (or ref) of the file it stands in. */
export interface SelfRepository {
  readonly repository: string;
  readonly ref: string;
}

/** `$/path` as the published action it means; other references stay (docs.github.com, "Workflow syntax"). */
export function resolveSelf(uses: string, self: SelfRepository): string {
  if (!uses.startsWith('$/')) return uses;
  return `${self.repository}/${uses.slice(2).replace(/^\/+|\/+$/g, '')}@${self.ref}`;
}

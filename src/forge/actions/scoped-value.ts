import type { Forge } from '../forge.ts';
import { ApiError } from '../http.ts';
import type { ScopedValue } from '../rows.ts';
import { timestamp } from '../timestamp.ts';

export type Kind = 'secrets' | 'variables';

export interface Scope {
  readonly scope: ScopedValue['scope'];
  /** Account, repository or environment id. */
  readonly scopeId: number;
}

/** Which of an organisation's repositories see a value. */
export type Visibility = Partial<Pick<ScopedValue, 'visibility' | 'selectedRepositoryIds'>>;

/** The secrets or variables of one scope, by name. */
export function valuesOf(forge: Forge, kind: Kind, { scope, scopeId }: Scope): readonly ScopedValue[] {
  return forge.store[kind].by('scope', `${scope}/${scopeId}`).toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

export function findValue(forge: Forge, kind: Kind, scope: Scope, name: string): ScopedValue | undefined {
  return valuesOf(forge, kind, scope).find((one) => one.name === name.toUpperCase());
}

/** Sets a value and says whether it is new. @throws ApiError 422 for a name that GitHub refuses */
export function setValue(
  forge: Forge,
  kind: Kind,
  scope: Scope,
  name: string,
  value: string,
  shown: Visibility = {},
): { created: boolean } {
  checkName(kind, name);
  const { store } = forge;
  return store.transaction(() => {
    const known = findValue(forge, kind, scope, name);
    const now = timestamp(forge);
    store[kind].put({
      id: known?.id ?? store.next(kind),
      ...scope,
      name: name.toUpperCase(),
      value,
      ...(known?.visibility === undefined ? {} : { visibility: known.visibility }),
      ...(known?.selectedRepositoryIds === undefined ? {} : { selectedRepositoryIds: known.selectedRepositoryIds }),
      ...shown,
      createdAt: known?.createdAt ?? now,
      updatedAt: now,
    });
    return { created: known === undefined };
  });
}

/** @throws ApiError 404 */
export function deleteValue(forge: Forge, kind: Kind, scope: Scope, name: string): void {
  const known = findValue(forge, kind, scope, name);
  if (known === undefined) throw new ApiError(404, 'Not Found');
  forge.store.transaction(() => forge.store[kind].delete(known.id));
}

/** docs.github.com, "Naming your secrets" and "Naming conventions for configuration variables". */
function checkName(kind: Kind, name: string): void {
  const what = kind === 'secrets' ? 'Secret' : 'Variable';
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
    throw new ApiError(
      422,
      `${what} names can only contain alphanumeric characters ([a-z], [A-Z], [0-9]) or underscores (_). Spaces are not allowed. Must start with a letter ([a-z], [A-Z]) or underscores (_).`,
    );
  if (/^GITHUB_/i.test(name)) throw new ApiError(422, `${what} names must not start with GITHUB_.`);
}

import type { Forge } from './forge.ts';
import type { Identity } from './http.ts';
import { canSee, fullNameOf } from './permissions.ts';
import type { Account, Repository } from './rows.ts';

interface Term {
  readonly not: boolean;
  readonly key: string;
  readonly value: string;
}

/** A query's words and qualifiers (`org:acme`, `-is:private`, `"two words"`). */
export function termsOf(query: string): readonly Term[] {
  return [...query.matchAll(/(-?)(?:([a-z-]+):)?("[^"]*"|\S+)/gi)].map((match) => ({
    not: match[1] === '-',
    key: (match[2] ?? '').toLowerCase(),
    value: (match[3] ?? '').replaceAll('"', ''),
  }));
}

/** Repositories that the asker may see and that fit, newest first. */
export function searchRepositories(forge: Forge, identity: Identity, query: string): readonly Repository[] {
  const terms = termsOf(query);
  return [...forge.store.repositories.values()]
    .filter((row) => canSee(forge, identity, row))
    .filter((row) => terms.every(({ not, key, value }) => repositoryFits(forge, row, key, value.toLowerCase()) !== not))
    .sort((a, b) => b.id - a.id);
}

function repositoryFits(forge: Forge, row: Repository, key: string, value: string): boolean {
  const name = fullNameOf(forge, row).toLowerCase();
  switch (key) {
    case 'org':
    case 'user':
      return name.startsWith(`${value}/`);
    case 'repo':
      return name === value;
    case 'is':
    case 'visibility':
      return value === (row.private ? 'private' : 'public');
    case 'fork':
      return value === 'true' || (value === 'only') === (row.forkOf !== undefined);
    case 'archived':
      return value === String(row.archivedAt !== undefined);
    case 'topic':
      return row.topics?.includes(value) === true;
    case 'in':
    case 'sort':
      return true;
    default:
      return `${row.name} ${row.description ?? ''}`.toLowerCase().includes(value);
  }
}

/** People and organisations by login and name. */
export function searchUsers(forge: Forge, query: string): readonly Account[] {
  const terms = termsOf(query);
  return [...forge.store.accounts.values()]
    .filter((row) => row.type !== 'Bot')
    .filter((row) => terms.every(({ not, key, value }) => accountFits(row, key, value.toLowerCase()) !== not));
}

function accountFits(row: Account, key: string, value: string): boolean {
  if (key === 'type') return value === (row.type === 'Organization' ? 'org' : 'user');
  if (key === 'user' || key === 'org') return row.login.toLowerCase() === value;
  return `${row.login} ${row.name ?? ''}`.toLowerCase().includes(value);
}

import { compareText } from '../../model/compare-text.ts';
import type { Forge } from '../forge.ts';
import type { Identity } from '../http.ts';
import { fullNameOf, hasPermission } from '../permissions.ts';
import type { Issue, Pull } from '../rows.ts';

/** GitHub's search query, as far as issues and pull requests are found by qualifiers and words of title and body. */
export function searchIssues(forge: Forge, identity: Identity, query: string): readonly (Issue | Pull)[] {
  const terms = [...query.matchAll(/(-?)(?:([a-z-]+):)?("[^"]*"|\S+)/gi)].map((match) => ({
    not: match[1] === '-',
    key: (match[2] ?? '').toLowerCase(),
    value: (match[3] ?? '').replaceAll('"', ''),
  }));
  const all = [...forge.store.pulls.values(), ...forge.store.issues.values()];
  return all
    .filter((row) => {
      const repository = forge.store.repositories.get(row.repositoryId);
      return (
        repository !== undefined &&
        hasPermission(forge, identity, repository, 'headSha' in row ? 'pull_requests' : 'issues', 'read')
      );
    })
    .filter((row) => terms.every(({ not, key, value }) => matches(forge, identity, row, key, value) !== not))
    .sort((a, b) => compareText(b.createdAt, a.createdAt) || b.id - a.id);
}

function matches(forge: Forge, identity: Identity, row: Issue | Pull, key: string, value: string): boolean {
  const pull = 'headSha' in row ? row : undefined;
  const login = (id: number): string => forge.store.accounts.get(id)?.login.toLowerCase() ?? '';
  const who =
    value === '@me'
      ? (identity.account?.login.toLowerCase() ?? '')
      : value.toLowerCase().replace(/^app\/(.*)$/, '$1[bot]');
  const repository = forge.store.repositories.get(row.repositoryId);
  const fullName = repository === undefined ? '' : fullNameOf(forge, repository).toLowerCase();
  switch (key) {
    case 'repo':
      return fullName === value.toLowerCase();
    case 'org':
    case 'user':
      return fullName.startsWith(`${value.toLowerCase()}/`);
    case 'type':
    case 'is':
      return is(row, pull, value);
    case 'state':
      return row.state === value;
    case 'author':
      return login(row.authorId) === who;
    case 'assignee':
      return 'assigneeIds' in row && row.assigneeIds.some((id) => login(id) === who);
    case 'review-requested':
      return pull?.requestedReviewerIds.some((id) => login(id) === who) === true;
    case 'label':
      return row.labels.some((name) => name.toLowerCase() === value.toLowerCase());
    case 'base':
      return pull?.baseRef === value;
    case 'head':
      return pull?.headRef === value;
    case 'draft':
      return pull?.draft === (value === 'true');
    case 'sort':
    case 'order':
      return true;
    default:
      return `${row.title}\n${row.body ?? ''}`.toLowerCase().includes(value.toLowerCase());
  }
}

function is(row: Issue | Pull, pull: Pull | undefined, value: string): boolean {
  if (value === 'pr' || value === 'pull-request') return pull !== undefined;
  if (value === 'issue') return pull === undefined;
  if (value === 'merged') return pull?.merged === true;
  if (value === 'unmerged') return pull?.merged === false;
  if (value === 'draft') return pull?.draft === true;
  return row.state === value;
}

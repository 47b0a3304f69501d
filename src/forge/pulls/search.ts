import { compareText } from '../../model/compare-text.ts';
import type { Forge } from '../forge.ts';
import type { Identity } from '../http.ts';
import { isMentioned } from '../issues/is-mentioned.ts';
import { fullNameOf, hasPermission } from '../permissions.ts';
import type { Issue, Pull } from '../rows.ts';
import { termsOf } from '../search.ts';

/**
 * GitHub's search query for issues and pull requests, newest first unless it says otherwise: qualifiers, and words of
 * title, body and comments. What is no qualifier of GitHub's is looked for as it stands.
 */
export function searchIssues(forge: Forge, identity: Identity, query: string): readonly (Issue | Pull)[] {
  const terms = termsOf(query);
  const [by = 'created', direction = 'desc'] = terms.find((one) => one.key === 'sort')?.value.split('-') ?? [];
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
    .sort((a, b) => {
      const rising = by === 'updated' ? compareText(a.updatedAt, b.updatedAt) : compareText(a.createdAt, b.createdAt);
      return (rising || a.id - b.id) * (direction === 'asc' ? 1 : -1);
    });
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
      return is(row, pull, repository?.private === true, value);
    case 'state':
      return row.state === value;
    case 'archived':
      return (repository?.archivedAt !== undefined) === (value === 'true');
    case 'author':
      return login(row.authorId) === who;
    case 'assignee':
      return (row.assigneeIds ?? []).some((id) => login(id) === who);
    case 'mentions':
      return isMentioned(forge, row, who);
    case 'commenter':
      return commenters(forge, row).some((id) => login(id) === who);
    case 'involves':
      return (
        [row.authorId, ...(row.assigneeIds ?? []), ...commenters(forge, row)].some((id) => login(id) === who) ||
        isMentioned(forge, row, who)
      );
    case 'reviewed-by':
      return pull !== undefined && forge.store.reviews.by('pull', pull.id).some((one) => login(one.authorId) === who);
    case 'milestone':
      return forge.store.milestones.get(row.milestoneId ?? 0)?.title.toLowerCase() === value.toLowerCase();
    case 'no':
      return has(row, value) === false;
    case 'sha':
      return pull?.headSha.startsWith(value) === true;
    case 'created':
      return isWithin(row.createdAt, value);
    case 'updated':
      return isWithin(row.updatedAt, value);
    case 'closed':
      return isWithin(row.closedAt, value);
    case 'merged':
      return isWithin(pull?.mergedAt ?? null, value);
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
    case 'in':
      return true;
    default: {
      const comments = forge.store.comments.by('issue', `${row.repositoryId}/${row.number}`).map((one) => one.body);
      const text = [row.title, row.body ?? '', ...comments].join('\n').toLowerCase();
      return text.includes(`${key === '' ? '' : `${key}:`}${value}`.toLowerCase());
    }
  }
}

function commenters(forge: Forge, row: Issue | Pull): readonly number[] {
  return forge.store.comments.by('issue', `${row.repositoryId}/${row.number}`).map((one) => one.authorId);
}

/** Of what `no:` asks for; undefined for anything else. */
function has(row: Issue | Pull, what: string): boolean | undefined {
  if (what === 'label') return row.labels.length > 0;
  if (what === 'assignee') return (row.assigneeIds ?? []).length > 0;
  return what === 'milestone' ? row.milestoneId !== undefined : undefined;
}

/** `>=2026-01-01`, `2026-01-01..2026-02-01`, `*..2026-02-01`, `2026-01-01`: days, or times to the second. */
function isWithin(at: string | null, range: string): boolean {
  if (at === null) return false;
  const [from = '', to] = range.split('..');
  if (to !== undefined) return (from === '*' || at >= from) && (to === '*' || at.slice(0, to.length) <= to);
  const [, sign = '', day = ''] = /^([<>]=?)?(.*)$/.exec(range) ?? [];
  const cut = at.slice(0, day.length);
  if (sign === '>') return cut > day;
  if (sign === '>=') return cut >= day;
  if (sign === '<') return cut < day;
  return sign === '<=' ? cut <= day : cut === day;
}

function is(row: Issue | Pull, pull: Pull | undefined, isPrivate: boolean, value: string): boolean {
  if (value === 'private' || value === 'public') return isPrivate === (value === 'private');
  if (value === 'pr' || value === 'pull-request') return pull !== undefined;
  if (value === 'issue') return pull === undefined;
  if (value === 'merged') return pull?.merged === true;
  if (value === 'unmerged') return pull?.merged === false;
  if (value === 'draft') return pull?.draft === true;
  return row.state === value;
}

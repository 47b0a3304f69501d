import { compareText } from '../../model/compare-text.ts';
import type { Forge } from '../forge.ts';
import type { Identity } from '../http.ts';
import type { Issue, Pull, Repository } from '../rows.ts';
import { isMentioned } from './is-mentioned.ts';

export interface IssueFilter {
  readonly state: 'open' | 'closed' | 'all';
  readonly sort: 'created' | 'updated' | 'comments';
  readonly direction: 'asc' | 'desc';
  /** All of them. */
  readonly labels: readonly string[];
  /** A login; `*` for anybody, `none` for nobody. */
  readonly assignee?: string;
  readonly creator?: string;
  readonly mentioned?: string;
  /** A number; `*` for any, `none` for none. */
  readonly milestone?: string;
  /** ISO 8601: changed then or later. */
  readonly since?: string;
}

/** A repository's issues and pull requests, as GitHub's issues API lists them. */
export function listIssues(
  forge: Forge,
  identity: Identity,
  repository: Repository,
  filter: IssueFilter,
): readonly (Issue | Pull)[] {
  const { store } = forge;
  const { state, labels, assignee, creator, mentioned, milestone, since } = filter;
  const login = (id: number): string => store.accounts.get(id)?.login.toLowerCase() ?? '';
  const is = (id: number, name: string): boolean =>
    login(id) === (name === '@me' ? identity.account?.login : name)?.toLowerCase();
  const isUnder = (id: number | undefined, wanted: string): boolean => {
    if (wanted === '*' || wanted === 'none') return (id !== undefined) === (wanted === '*');
    return id !== undefined && store.milestones.get(id)?.number === Number(wanted);
  };
  const isGiven = (ids: readonly number[], wanted: string): boolean => {
    if (wanted === '*' || wanted === 'none') return ids.length > 0 === (wanted === '*');
    return ids.some((id) => is(id, wanted));
  };
  const found = [...store.issues.by('repository', repository.id), ...store.pulls.by('repository', repository.id)]
    .filter((one) => state === 'all' || one.state === state)
    .filter((one) => labels.every((name) => one.labels.some((held) => held.toLowerCase() === name.toLowerCase())))
    .filter((one) => creator === undefined || is(one.authorId, creator))
    .filter((one) => assignee === undefined || isGiven(one.assigneeIds ?? [], assignee))
    .filter((one) => milestone === undefined || isUnder(one.milestoneId, milestone))
    .filter((one) => since === undefined || Date.parse(one.updatedAt) >= Date.parse(since))
    .filter((one) => mentioned === undefined || isMentioned(forge, one, mentioned));
  const comments = (one: Issue | Pull): number => store.comments.by('issue', `${repository.id}/${one.number}`).length;
  const sorted = found.sort((a, b) => {
    if (filter.sort === 'updated') return compareText(a.updatedAt, b.updatedAt) || a.number - b.number;
    return (filter.sort === 'comments' ? comments(a) - comments(b) : 0) || a.number - b.number;
  });
  return filter.direction === 'desc' ? sorted.reverse() : sorted;
}

import { compareText } from '../../model/compare-text.ts';
import { isMentioned } from '../issues/is-mentioned.ts';
import type { Issue, Label, Pull, Repository } from '../rows.ts';
import { githubError } from './graphql-error.ts';
import type { Args, GraphqlContext } from './node.ts';

/** Pull requests as `pullRequests(...)` asks for them. */
export function filterPulls(pulls: readonly Pull[], args: Args): readonly Pull[] {
  const { headRefName, baseRefName } = args;
  const states = texts(args['states']);
  const labels = texts(args['labels']);
  const found = pulls
    .filter((one) => states === undefined || states.includes(one.merged ? 'MERGED' : one.state.toUpperCase()))
    .filter((one) => labels === undefined || labels.some((name) => one.labels.includes(name)))
    .filter((one) => typeof headRefName !== 'string' || one.headRef === headRefName)
    .filter((one) => typeof baseRefName !== 'string' || one.baseRef === baseRefName);
  return inOrder(found, args);
}

/** Issues as `issues(...)` asks for them: `filterBy` narrows what states and labels leave. */
export function filterIssues(context: GraphqlContext, repository: Repository, args: Args): readonly Issue[] {
  const { store } = context.forge;
  const by = fields(args['filterBy']);
  const { assignee, createdBy, mentioned, since } = by;
  const milestone = by['milestoneNumber'] === undefined ? by['milestone'] : by['milestoneNumber'];
  const states = texts(args['states']) ?? texts(by['states']);
  const labels = texts(args['labels']) ?? texts(by['labels']);
  const login = (id: number): string => store.accounts.get(id)?.login.toLowerCase() ?? '';
  const isAssigned = (one: Issue): boolean => {
    if (assignee === null) return one.assigneeIds.length === 0;
    if (assignee === '*') return one.assigneeIds.length > 0;
    return typeof assignee !== 'string' || one.assigneeIds.some((id) => login(id) === assignee.toLowerCase());
  };
  const under = (one: Issue): boolean => {
    if (milestone === null) return one.milestoneId === undefined;
    if (milestone === '*') return one.milestoneId !== undefined;
    const held = store.milestones.get(one.milestoneId ?? 0);
    return typeof milestone !== 'string' || held?.number === Number(milestone) || held?.title === milestone;
  };
  const found = store.issues
    .by('repository', repository.id)
    .filter((one) => states === undefined || states.includes(one.state.toUpperCase()))
    .filter((one) => labels === undefined || labels.some((name) => one.labels.includes(name)))
    .filter((one) => typeof createdBy !== 'string' || login(one.authorId) === createdBy.toLowerCase())
    .filter((one) => typeof since !== 'string' || one.updatedAt >= since)
    .filter((one) => typeof mentioned !== 'string' || isMentioned(context.forge, one, mentioned))
    .filter((one) => isAssigned(one) && under(one));
  return inOrder(found, args);
}

export function filterLabels(labels: readonly Label[], args: Args): readonly Label[] {
  const { query } = args;
  const wanted = typeof query === 'string' ? query.toLowerCase() : '';
  return inOrder(
    labels.filter((one) => `${one.name} ${one.description ?? ''}`.toLowerCase().includes(wanted)),
    args,
  );
}

/** In the order asked for: by creation, update or name, oldest first unless the direction says otherwise. */
export function inOrder<Row extends Ordered>(rows: readonly Row[], args: Args): readonly Row[] {
  const { field = 'CREATED_AT', direction } = fields(args['orderBy']);
  const key = orders[String(field)];
  if (key === undefined)
    throw githubError('NOT_SERVED', `orderBy: { field: ${String(field)} } is not served by the lab`);
  const sorted = [...rows].sort((a, b) => compareText(key(a), key(b)) || a.id - b.id);
  return direction === 'DESC' ? sorted.reverse() : sorted;
}

interface Ordered {
  readonly id: number;
  readonly name?: string | null;
  readonly createdAt?: string;
  readonly updatedAt?: string;
  readonly pushedAt?: string | null;
}

/** Ids rise with time, so that creation needs no key; a repository is as new as its last push. */
const orders: Readonly<Record<string, (row: Ordered) => string>> = {
  CREATED_AT: () => '',
  UPDATED_AT: (row) => row.updatedAt ?? row.pushedAt ?? row.createdAt ?? '',
  PUSHED_AT: (row) => row.pushedAt ?? row.createdAt ?? '',
  NAME: (row) => (row.name ?? '').toLowerCase(),
};

export function texts(value: unknown): readonly string[] | undefined {
  return Array.isArray(value) ? value.map(String) : undefined;
}

export function fields(value: unknown): Args {
  return typeof value === 'object' && value !== null ? (value as Args) : {};
}

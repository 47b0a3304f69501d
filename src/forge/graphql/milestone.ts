import { compareText } from '../../model/compare-text.ts';
import { nodeId } from '../node-id.ts';
import { presentMilestone } from '../present/milestone.ts';
import { repositoryOf } from '../pulls/find-pull.ts';
import type { Milestone, Repository } from '../rows.ts';
import { actorNode } from './actor.ts';
import { fields, texts } from './filter-rows.ts';
import { type Args, connection, type Fields, type GraphqlContext, node } from './node.ts';

export const milestoneFields: Fields<Milestone> = {
  id: (row) => nodeId('Milestone', row.id),
  number: (row) => row.number,
  title: (row) => row.title,
  description: (row) => row.description,
  dueOn: (row) => row.dueOn,
  state: (row) => row.state.toUpperCase(),
  closed: (row) => row.state === 'closed',
  closedAt: (row) => row.closedAt,
  createdAt: (row) => row.createdAt,
  updatedAt: (row) => row.updatedAt,
  creator: (row, _args, { forge }) => actorNode(forge, row.creatorId),
  url: (row, _args, { forge }) => presentMilestone(forge, repositoryOf(forge, row), row).html_url,
  repository: (row, _args, { forge }) => node('Repository', repositoryOf(forge, row)),
  progressPercentage: (row, _args, { forge }) => {
    const { open_issues: open, closed_issues: closed } = presentMilestone(forge, repositoryOf(forge, row), row);
    return open + closed === 0 ? 0 : (100 * closed) / (open + closed);
  },
};

/** A repository's milestones as they are asked for; by number where no other order is. */
export function milestonesOf({ forge }: GraphqlContext, repository: Repository, args: Args) {
  const { query } = args;
  const states = texts(args['states']);
  const { field, direction } = fields(args['orderBy']);
  const key = (one: Milestone): string => {
    if (field === 'DUE_DATE') return one.dueOn ?? '9999';
    return field === 'UPDATED_AT' ? one.updatedAt : '';
  };
  const found = forge.store.milestones
    .by('repository', repository.id)
    .filter((one) => states === undefined || states.includes(one.state.toUpperCase()))
    .filter((one) => typeof query !== 'string' || one.title.toLowerCase().includes(query.toLowerCase()))
    .sort((a, b) => compareText(key(a), key(b)) || a.number - b.number);
  const sorted = direction === 'DESC' ? found.reverse() : found;
  return connection(
    args,
    sorted.map((one) => node('Milestone', one)),
  );
}

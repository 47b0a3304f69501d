import { setMilestone } from '../issues/milestones.ts';
import { repositoryOf } from '../pulls/find-pull.ts';
import type { Account, Issue, Label, Milestone, Pull } from '../rows.ts';
import { words } from '../words.ts';
import { githubError } from './graphql-error.ts';
import type { Args, GraphqlContext } from './node.ts';
import { findNode } from './query.ts';

/** Carries out a mutation's input; answers the fields of its payload. */
export type Mutation = (input: Args, context: GraphqlContext) => Promise<Readonly<Record<string, unknown>>>;
export type Mutations = Readonly<Record<string, Mutation>>;

export async function labelNames(context: GraphqlContext, ids: readonly unknown[]): Promise<readonly string[]> {
  const labels = await Promise.all(ids.map((id) => find<Label>(context, id, 'Label')));
  return labels.map((label) => label.name);
}

/** The people that ids name; undefined where none are given. */
export async function logins(context: GraphqlContext, ids: unknown): Promise<readonly string[] | undefined> {
  if (!Array.isArray(ids)) return undefined;
  const people = await Promise.all(ids.map((id) => find<Account>(context, id, 'User')));
  return people.map((one) => one.login);
}

/** Puts an issue or pull request under the milestone that an id names; null is none, and nothing said leaves it. */
export async function placeUnder<Row extends Issue | Pull>(
  context: GraphqlContext,
  row: Row,
  id: unknown,
): Promise<Row> {
  if (id === undefined) return row;
  const { forge, identity } = context;
  const milestone = id === null ? null : await find<Milestone>(context, id, 'Milestone');
  return setMilestone(forge, identity, repositoryOf(forge, row), row, milestone);
}

export async function find<Row>(context: GraphqlContext, id: unknown, type: string): Promise<Row> {
  const found = await findNode(context, String(id));
  if (found.__typename === type) return found.row as Row;
  throw githubError('NOT_FOUND', words.unresolvedNode(`${type} node`, String(id)));
}

export function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

export function object(value: unknown): Args {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

export function array(value: unknown): readonly Args[] {
  return Array.isArray(value) ? value.map(object) : [];
}

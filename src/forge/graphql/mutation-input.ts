import type { Account, Label } from '../rows.ts';
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

import type { GraphQLResolveInfo } from 'graphql';
import type { Forge } from '../forge.ts';
import type { Identity } from '../http.ts';
import type { QueryCost } from '../rate-limits/query-cost.ts';
import type { RateLimiter } from '../rate-limits/rate-limiter.ts';

export interface GraphqlContext {
  readonly forge: Forge;
  readonly identity: Identity;
  readonly limits: RateLimiter;
  /** Of the query that is being answered. */
  readonly cost: QueryCost;
}

export type Args = Readonly<Record<string, unknown>>;

/** A row under the name of its type; its fields are found in the type's table. */
export interface Node<Row = unknown> {
  readonly __typename: string;
  readonly row: Row;
}

export interface Resolver<Row> {
  // A method, so that a table of one row's resolvers is one of any row's.
  resolve(row: Row, args: Args, context: GraphqlContext, info: GraphQLResolveInfo): unknown;
}

export type Fields<Row = unknown> = Readonly<Record<string, Resolver<Row>['resolve']>>;

export function node<Row>(type: string, row: Row): Node<Row> {
  return { __typename: type, row };
}

export function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'row' in value && '__typename' in value;
}

/** A page of a list by `first`, `last`, `after` and `before`, with GitHub's limit of a hundred. */
export function connection(args: Args, nodes: readonly unknown[], extra: Readonly<Record<string, unknown>> = {}) {
  const after = readCursor(args['after']);
  const before = readCursor(args['before']);
  let start = after === undefined ? 0 : after + 1;
  let end = before === undefined ? nodes.length : before;
  const { first, last } = args;
  if (typeof first === 'number') end = Math.min(end, start + Math.min(first, 100));
  if (typeof last === 'number') start = Math.max(start, end - Math.min(last, 100));
  const page = nodes.slice(start, end);
  return {
    nodes: page,
    edges: page.map((one, index) => ({ node: one, cursor: cursor(start + index) })),
    totalCount: nodes.length,
    pageInfo: {
      hasNextPage: end < nodes.length,
      hasPreviousPage: start > 0,
      startCursor: page.length === 0 ? null : cursor(start),
      endCursor: page.length === 0 ? null : cursor(start + page.length - 1),
    },
    ...extra,
  };
}

/** Of what there is none, whatever is asked for. */
export function emptyConnection(args: Args) {
  return connection({ ...args }, []);
}

function cursor(index: number): string {
  return Buffer.from(`cursor:${index}`).toString('base64');
}

function readCursor(value: unknown): number | undefined {
  if (typeof value !== 'string') return undefined;
  const match = /^cursor:(\d+)$/.exec(Buffer.from(value, 'base64').toString());
  return match === null ? undefined : Number(match[1]);
}

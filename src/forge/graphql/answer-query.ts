import {
  type DocumentNode,
  execute,
  GraphQLError,
  getOperationAST,
  OverlappingFieldsCanBeMergedRule,
  parse,
  specifiedRules,
  validate,
} from 'graphql';
import type { Context } from 'hono';
import { readBody } from '../body.ts';
import type { Forge } from '../forge.ts';
import type { Identity } from '../http.ts';
import { requireAccount } from '../permissions.ts';
import { mostNodes, queryCost } from '../rate-limits/query-cost.ts';
import type { RateLimiter } from '../rate-limits/rate-limiter.ts';
import { primaryMessage, refuseExcess } from '../rate-limits/refuse-excess.ts';
import type { RequestCounts } from '../request-counts.ts';
import { words } from '../words.ts';
import { presentError } from './graphql-error.ts';
import { resolveField, resolveType } from './resolve-field.ts';
import { githubSchema } from './schema.ts';

type ApiContext = Context<{ Variables: { identity: Identity } }>;

/** GitHub lets fields of one name differ between types that exclude each other: gh asks issues and pull requests so. */
const rules = specifiedRules.filter((rule) => rule !== OverlappingFieldsCanBeMergedRule);

/** Documents are few and asked again and again: so many are kept as they were read. */
const keptDocuments = 200;

interface ReadDocument {
  readonly document: DocumentNode;
  readonly faults: readonly GraphQLError[];
}

/** Answers POST /graphql: GitHub's schema, executed as any other. */
export function queryAnswerer(
  forge: Forge,
  counts: RequestCounts,
  limits: RateLimiter,
): (c: ApiContext) => Promise<Response> {
  const known = new Map<string, ReadDocument>();
  const read = (query: string): ReadDocument => {
    const found = known.get(query);
    if (found !== undefined) return found;
    const document = parse(query, { maxTokens: 20_000 });
    const made = { document, faults: validate(githubSchema(), document, rules) };
    const [oldest] = known.keys();
    if (known.size >= keptDocuments && oldest !== undefined) known.delete(oldest);
    known.set(query, made);
    return made;
  };
  return async (c) => {
    const identity = c.get('identity');
    requireAccount(identity);
    const { query, variables, operationName } = await readBody(c);
    if (typeof query !== 'string')
      return c.json({ errors: [{ message: 'A query attribute must be specified and must be a string.' }] });
    const schema = githubSchema();
    try {
      const { document, faults } = read(query);
      const operation = getOperationAST(document, typeof operationName === 'string' ? operationName : undefined);
      const mutating = operation?.operation === 'mutation';
      counts.add(identity, { kind: 'graphql', method: 'POST', route: '/graphql', mutating });
      const given = typeof variables === 'object' && variables !== null ? { ...variables } : {};
      const known = faults.length === 0 && operation != null;
      const cost = known ? queryCost(schema, document, operation, given) : { points: 1, nodes: 0 };
      const taken = { resource: 'graphql', mutating, content: mutating, endpoint: 'graphql' } as const;
      const excess = limits.take(identity, { ...taken, points: cost.points });
      if (excess?.kind === 'primary')
        return c.json({ errors: [{ type: 'RATE_LIMITED', message: primaryMessage(identity) }] });
      if (excess !== undefined) throw refuseExcess(identity, excess);
      if (faults.length > 0) return c.json({ errors: faults.map(presentError) });
      if (cost.nodes > mostNodes)
        return c.json({
          errors: [{ type: 'MAX_NODE_LIMIT_EXCEEDED', message: words.tooManyNodes(cost.nodes, mostNodes) }],
        });
      const result = await execute({
        schema,
        document,
        contextValue: { forge, identity, limits, cost },
        variableValues: given,
        operationName: typeof operationName === 'string' ? operationName : undefined,
        fieldResolver: resolveField,
        typeResolver: resolveType,
      });
      const errors = result.errors === undefined ? {} : { errors: result.errors.map(presentError) };
      return c.json({ ...(result.data === undefined ? {} : { data: result.data }), ...errors });
    } catch (error) {
      if (error instanceof GraphQLError) return c.json({ errors: [presentError(error)] });
      // A document nested so deep that reading it takes more stack than there is.
      if (error instanceof RangeError) return c.json({ errors: [{ message: 'Query is nested too deep' }] });
      throw error;
    }
  };
}

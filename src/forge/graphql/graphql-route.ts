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
import { readBody } from '../body.ts';
import type { Forge } from '../forge.ts';
import type { ForgeApp } from '../http.ts';
import { requireAccount } from '../permissions.ts';
import type { RequestCounts } from '../request-counts.ts';
import { presentError } from './graphql-error.ts';
import { resolveField, resolveType } from './resolve-field.ts';
import { githubSchema } from './schema.ts';

/** GitHub lets fields of one name differ between types that exclude each other: gh asks issues and pull requests so. */
const rules = specifiedRules.filter((rule) => rule !== OverlappingFieldsCanBeMergedRule);

/** Documents are few and asked again and again: so many are kept as they were read. */
const keptDocuments = 200;

interface ReadDocument {
  readonly document: DocumentNode;
  readonly faults: readonly GraphQLError[];
}

/** POST /graphql: GitHub's schema, executed as any other. */
export function graphqlRoute(app: ForgeApp, forge: Forge, counts: RequestCounts): void {
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
  app.post('/graphql', async (c) => {
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
      if (faults.length > 0) return c.json({ errors: faults.map(presentError) });
      const result = await execute({
        schema,
        document,
        contextValue: { forge, identity, counts },
        variableValues: typeof variables === 'object' && variables !== null ? { ...variables } : {},
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
  });
}

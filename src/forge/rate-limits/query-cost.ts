import {
  type DocumentNode,
  type FieldNode,
  GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isInterfaceType,
  isObjectType,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';

export interface QueryCost {
  /** Points of the hour's limit. */
  readonly points: number;
  /** Nodes that the query may answer at most. */
  readonly nodes: number;
}

/** GitHub refuses queries that could answer more. */
export const mostNodes = 500_000;

/**
 * What a query costs (docs.github.com, "Rate limits and query limits for the GraphQL API"): the requests that its
 * connections take, each as often as the connections around it have nodes, divided by a hundred; one at least.
 */
export function queryCost(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
): QueryCost {
  const fragments = new Map(
    document.definitions.flatMap((one) => (one.kind === 'FragmentDefinition' ? [[one.name.value, one] as const] : [])),
  );
  let requests = 0;
  let nodes = 0;
  const walk = (set: SelectionSetNode | undefined, type: string, times: number, within: readonly string[]): void => {
    for (const selection of set?.selections ?? []) {
      if (selection.kind === 'InlineFragment') {
        walk(selection.selectionSet, selection.typeCondition?.name.value ?? type, times, within);
      } else if (selection.kind === 'FragmentSpread') {
        const name = selection.name.value;
        const fragment = fragments.get(name);
        // A fragment that spreads itself was refused before; this only must not hang on one.
        if (fragment === undefined || within.includes(name)) continue;
        walk(fragment.selectionSet, fragment.typeCondition.name.value, times, [...within, name]);
      } else {
        const result = typeOfField(schema, type, selection.name.value);
        const size = result?.endsWith('Connection') === true ? pageOf(selection, variables) : undefined;
        if (size !== undefined) {
          requests += times;
          nodes += times * size;
        }
        walk(selection.selectionSet, result ?? '', times * (size ?? 1), within);
      }
    }
  };
  walk(operation.selectionSet, rootOf(schema, operation), 1, []);
  return { points: Math.max(1, Math.round(requests / 100)), nodes };
}

function rootOf(schema: GraphQLSchema, operation: OperationDefinitionNode): string {
  const root = operation.operation === 'mutation' ? schema.getMutationType() : schema.getQueryType();
  return root instanceof GraphQLObjectType ? root.name : '';
}

function typeOfField(schema: GraphQLSchema, type: string, field: string): string | undefined {
  const found = schema.getType(type);
  if (!isObjectType(found) && !isInterfaceType(found)) return undefined;
  const declared = found.getFields()[field];
  return declared === undefined ? undefined : getNamedType(declared.type).name;
}

/** `first` or `last` of a connection; where neither is given it can only be counted, and answers no node. */
function pageOf(field: FieldNode, variables: Readonly<Record<string, unknown>>): number | undefined {
  for (const argument of field.arguments ?? []) {
    if (argument.name.value !== 'first' && argument.name.value !== 'last') continue;
    const { value } = argument;
    if (value.kind === 'IntValue') return Number(value.value);
    const given = value.kind === 'Variable' ? variables[value.name.value] : undefined;
    if (typeof given === 'number') return given;
  }
  return undefined;
}

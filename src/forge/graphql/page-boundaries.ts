import { type GraphQLResolveInfo, getNamedType, type SelectionSetNode } from 'graphql';
import { words } from '../words.ts';
import { githubError } from './graphql-error.ts';
import type { Args } from './node.ts';

const largestPage = 100;

/**
 * Holds a connection to a page: `first` or `last` must be there where nodes are asked for, not where they are only
 * counted, and none is larger than a hundred. GitHub says so of the field, after the rest of a mutation was done.
 * @throws GraphQLError MISSING_PAGINATION_BOUNDARIES, EXCESSIVE_PAGINATION
 */
export function requirePage(args: Args, info: GraphQLResolveInfo): void {
  if (!getNamedType(info.returnType).name.endsWith('Connection')) return;
  for (const name of ['first', 'last'] as const) {
    const size = args[name];
    if (typeof size === 'number' && size > largestPage)
      throw githubError('EXCESSIVE_PAGINATION', words.excessivePage(size, info.fieldName, name));
  }
  if (typeof args['first'] === 'number' || typeof args['last'] === 'number') return;
  if (!info.fieldNodes.some((one) => selectsNodes(one.selectionSet, info, new Set()))) return;
  throw githubError('MISSING_PAGINATION_BOUNDARIES', words.missingPage(info.fieldName));
}

function selectsNodes(set: SelectionSetNode | undefined, info: GraphQLResolveInfo, within: Set<string>): boolean {
  return (set?.selections ?? []).some((selection) => {
    if (selection.kind === 'Field') return ['nodes', 'edges', 'pageInfo'].includes(selection.name.value);
    if (selection.kind === 'InlineFragment') return selectsNodes(selection.selectionSet, info, within);
    const name = selection.name.value;
    if (within.has(name)) return false;
    within.add(name);
    return selectsNodes(info.fragments[name]?.selectionSet, info, within);
  });
}

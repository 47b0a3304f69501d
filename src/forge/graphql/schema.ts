import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { buildSchema, type GraphQLSchema } from 'graphql';
import { TrunklineError } from '../../errors.ts';

let built: GraphQLSchema | undefined;

/** GitHub's whole schema, built when first asked for: a value that never changes. */
export function githubSchema(): GraphQLSchema {
  built ??= buildSchema(readFileSync(schemaPath(), 'utf8'), { assumeValidSDL: true, noLocation: true });
  return built;
}

/** Beside the bundle, above its chunks, or, when the sources run, in the package it comes from. */
function schemaPath(): string {
  const places = [
    './schema.graphql',
    '../schema.graphql',
    '../../../node_modules/@octokit/graphql-schema/schema.graphql',
  ];
  const paths = places.map((name) => fileURLToPath(new URL(name, import.meta.url)));
  const path = paths.find((one) => existsSync(one));
  if (path === undefined) throw new TrunklineError('LAB_FAILED', `expected GitHub's schema at ${paths[0]}, found none`);
  return path;
}

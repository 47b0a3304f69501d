import type { z } from 'zod';
import type { Location, Problem } from '../errors.ts';
import { nodeAt, type YamlFile } from '../yaml/read-yaml.ts';
import { explain } from './explain.ts';

/** zod would generate code to check faster the next time: for a document that is read once it costs more than it saves. */
const once = { jitless: true };

/** Where what stands at a path of keys begins. */
export type Locate = (path: readonly PropertyKey[]) => Location;

type Path = readonly PropertyKey[];

/**
 * Reads a YAML document by a schema, then by what a schema cannot say. Where the schema finds faults, `check` looks at
 * the rest, so that all is said at once: but nothing of what holds a fault, which may be no more than its consequence.
 * `blank` stands for what is needed and wrong: the least that the schema takes.
 */
export function readDocument<S extends z.ZodType>(
  yaml: YamlFile,
  document: YamlFile['documents'][number],
  schema: S,
  check: (read: z.output<S>, locate: Locate) => readonly Problem[],
  blank: z.input<S>,
): { readonly read?: z.output<S>; readonly problems: readonly Problem[] } {
  const value: unknown = document.toJS();
  const places = new WeakMap<Location, Path>();
  const locate: Locate = (path) => {
    const location = yaml.locate(nodeAt(document.contents, path));
    places.set(location, path);
    return location;
  };
  const parsed = schema.safeParse(value, once);
  if (parsed.success) return { read: parsed.data, problems: check(parsed.data, locate) };
  const faults = explain(yaml, document.contents, schema, parsed.error, value);
  const wrong = parsed.error.issues.map((one) => one.path);
  const rest = restOf(schema, value, parsed.error.issues, blank);
  const further = rest === undefined ? [] : check(rest, locate);
  const said = (problem: Problem): boolean => {
    const place = problem.location === undefined ? undefined : places.get(problem.location);
    return place !== undefined && wrong.some((path) => isWithin(path, place));
  };
  return { problems: [...faults, ...further.filter((one) => !said(one))].sort(byPlace) };
}

/** What is left without what the schema refuses, and without what is nothing without it. */
function restOf<S extends z.ZodType>(
  schema: S,
  value: unknown,
  issues: readonly z.core.$ZodIssue[],
  blank: z.input<S>,
): z.output<S> | undefined {
  if (!isRecord(value)) return undefined;
  let left = { ...(blank as object), ...(without(value, issues) as object) };
  // Each time, what holds something needed goes as well: no deeper than documents are.
  for (let depth = 0; depth < 5; depth += 1) {
    const parsed = schema.safeParse(left, once);
    if (parsed.success) return parsed.data;
    const holders = parsed.error.issues.map((one) => ({ ...one, path: one.path.slice(0, -1) }));
    left = { ...(blank as object), ...(without(left, holders) as object) };
  }
  return undefined;
}

/** The document without what the schema refuses. */
function without(value: unknown, issues: readonly z.core.$ZodIssue[]): unknown {
  const copy = structuredClone(value);
  for (const issue of issues) {
    if (issue.code === 'unrecognized_keys') for (const key of issue.keys) remove(copy, [...issue.path, key]);
    else remove(copy, issue.path.slice(0, firstIndex(issue.path)));
  }
  return copy;
}

/** Lists go whole: without one entry the others would have other places. */
function firstIndex(path: Path): number {
  const index = path.findIndex((key) => typeof key === 'number');
  return index < 0 ? path.length : index;
}

function byPlace({ location: one }: Problem, { location: other }: Problem): number {
  return (one?.line ?? 0) - (other?.line ?? 0) || (one?.column ?? 0) - (other?.column ?? 0);
}

function remove(root: unknown, path: Path): void {
  const parent = path.slice(0, -1).reduce<unknown>((at, key) => (isRecord(at) ? at[key] : undefined), root);
  const last = path.at(-1);
  if (isRecord(parent) && last !== undefined) delete parent[last];
}

function isRecord(value: unknown): value is Record<PropertyKey, unknown> {
  return typeof value === 'object' && value !== null;
}

function isWithin(path: Path, other: Path): boolean {
  return other.every((key, index) => path[index] === key);
}

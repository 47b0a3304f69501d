import { isMap, parseAllDocuments } from 'yaml';
import { TrunklineError } from '../../errors.ts';

/** What is applied to one environment, as Kustomize or Helm print it. */
export interface Rendered {
  readonly environment: string;
  readonly text: string;
}

/** Something that two environments do not have in common. */
export interface Disparity {
  /** `ConfigMap/settings` */
  readonly object: string;
  /** Keys from the object down, with dots between; undefined where one of them has no such object. */
  readonly field?: string;
  /** As text; undefined where there is none. */
  readonly before?: string;
  readonly after?: string;
}

/** What may always differ: the release itself, how much of it runs, and where. */
const usual = ['**.containers.*.image', '**.initContainers.*.image', 'spec.replicas', 'metadata.namespace'];

/**
 * Compares what two environments get, object by object and field by field; the environment's own name, as a word of its
 * own, counts as equal wherever it stands. `allow`: fields that may differ too, `*` for one key, `**` for any number.
 * @throws MANIFEST_INVALID for what is no YAML
 */
export function compareRendered(before: Rendered, after: Rendered, allow: readonly string[]): readonly Disparity[] {
  const [one, other] = [objectsOf(before), objectsOf(after)];
  const allowed = [...usual, ...allow].map(toPattern);
  return [...new Set([...one.keys(), ...other.keys()])].sort().flatMap((object): readonly Disparity[] => {
    const [here, there] = [one.get(object), other.get(object)];
    if (here === undefined) return [{ object, after: 'there' }];
    if (there === undefined) return [{ object, before: 'there' }];
    return [...new Set([...here.keys(), ...there.keys()])].flatMap((field) => {
      const [left, right] = [here.get(field), there.get(field)];
      if (left === right || allowed.some((pattern) => pattern.test(field))) return [];
      return [
        {
          object,
          field,
          ...(left === undefined ? {} : { before: left }),
          ...(right === undefined ? {} : { after: right }),
        },
      ];
    });
  });
}

type Fields = ReadonlyMap<string, string>;

function objectsOf({ environment, text }: Rendered): ReadonlyMap<string, Fields> {
  const own = new RegExp(
    `(?<![A-Za-z0-9])${environment.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?![A-Za-z0-9])`,
    'g',
  );
  const objects = new Map<string, Fields>();
  for (const document of parseAllDocuments(text.replaceAll(own, '{environment}'))) {
    const [fault] = document.errors;
    if (fault !== undefined || (document.contents !== null && !isMap(document.contents)))
      throw new TrunklineError(
        'MANIFEST_INVALID',
        `expected manifests of ${environment} as YAML, found ${fault?.message.split('\n', 1)[0] ?? 'something else'}`,
      );
    if (document.contents === null) continue;
    const value = document.toJS() as Object_;
    for (const one of value.kind === 'List' ? (value.items ?? []) : [value]) {
      const name = `${one.kind ?? 'object'}/${one.metadata?.name ?? ''}`;
      const fields = new Map<string, string>();
      flatten(one, '', fields);
      objects.set(objects.has(name) ? `${one.apiVersion ?? ''} ${name}` : name, fields);
    }
  }
  return objects;
}

interface Object_ {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata?: { readonly name?: string };
  readonly items?: readonly Object_[];
}

/** Entries of lists go by their name, where they have one: their order says nothing then. */
function flatten(value: unknown, path: string, fields: Map<string, string>): void {
  if (typeof value !== 'object' || value === null) {
    fields.set(path, typeof value === 'string' ? value : JSON.stringify(value));
    return;
  }
  const entries = Array.isArray(value)
    ? value.map((one: unknown, index) => [nameOf(one) ?? String(index), one] as const)
    : Object.entries(value);
  if (entries.length === 0) fields.set(path, JSON.stringify(value));
  for (const [key, one] of entries) flatten(one, path === '' ? key : `${path}.${key}`, fields);
}

function nameOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || !('name' in value)) return undefined;
  return typeof value.name === 'string' ? value.name : undefined;
}

function toPattern(field: string): RegExp {
  const parts = field.split(/(\*\*\.?|\*)/).map((part) => {
    if (part === '**.') return '(?:.*\\.)?';
    if (part === '**') return '.*';
    return part === '*' ? '[^.]*' : part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&');
  });
  return new RegExp(`^${parts.join('')}$`);
}

import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { ParseOptions } from '../parse-workflow.ts';

/** One of GitHub's cross-language reader cases: settings, a workflow, what it calls, and what comes of it. */
export interface ReaderCase {
  readonly path: string;
  readonly text: string;
  readonly called: ReadonlyMap<string, string>;
  readonly options: ParseOptions;
  readonly expected: Readonly<Record<string, unknown>>;
}

export function readCase(folder: string, name: string): ReaderCase {
  const parts = readFileSync(`${folder}/${name}`, 'utf8').split(/\r?\n---\r?\n/);
  const settings = (parse(parts[0] ?? '') ?? {}) as Record<string, unknown>;
  const called = new Map<string, string>();
  for (let index = 2; index + 1 < parts.length - 1; index += 2) {
    called.set((parts[index] ?? '').trim(), parts[index + 1] ?? '');
  }
  const number = (key: string, limit: string): Record<string, number> =>
    typeof settings[key] === 'number' ? { [limit]: settings[key] } : {};
  const policy = settings['permissions-policy'];
  return {
    path: `.github/workflows/${name}`,
    text: parts[1] ?? '',
    called,
    options: {
      ...(settings['skip-reusable-workflows'] === true || called.size === 0
        ? {}
        : { readCalled: (reference) => called.get(reference) }),
      tokenDefault: policy === 'LimitedRead' ? 'read' : 'write',
      limits: {
        ...number('max-depth', 'depth'),
        ...number('max-file-size', 'fileSize'),
        ...number('max-result-size', 'resultSize'),
        ...number('max-job-limit', 'jobs'),
        ...number('max-nested-reusable-workflows-depth', 'callDepth'),
      },
    },
    expected: JSON.parse(parts.at(-1) ?? '') as Record<string, unknown>,
  };
}

/** The expectation's values without the places of tokens: mappings as `[key, value]` pairs, expressions as `{ expr }`. */
export function plainValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plainValue);
  if (value === 0) return 0;
  if (typeof value !== 'object' || value === null) return value;
  const token = value as Readonly<Record<string, unknown>>;
  switch (token['type']) {
    case 0:
      return token['lit'];
    case 1:
      return plainValue(token['seq']);
    case 2:
      return (token['map'] as readonly { readonly Key: unknown; readonly Value: unknown }[]).map(({ Key, Value }) => [
        plainValue(Key),
        plainValue(Value),
      ]);
    case 3:
      return { expr: token['expr'] };
    case 4:
      return 'insert';
    case 5:
      return token['bool'];
    case 6:
      return token['num'];
    case 7:
      return null;
    default:
      return Object.fromEntries(Object.entries(token).map(([key, entry]) => [key, plainValue(entry)]));
  }
}

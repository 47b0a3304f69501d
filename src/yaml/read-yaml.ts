import {
  type Alias,
  type Document,
  isMap,
  isNode,
  isPair,
  isScalar,
  LineCounter,
  type Node,
  parseAllDocuments,
  visit,
} from 'yaml';
import type { ErrorCode, Location, Problem } from '../errors.ts';

/** A YAML 1.2 file, read with the place of everything in it. */
export interface YamlFile {
  readonly file: string;
  readonly text: string;
  readonly documents: readonly Document.Parsed[];
  readonly problems: readonly Problem[];
  /** Whether a problem is no mere repetition, so that the documents may not be what was meant. */
  readonly broken: boolean;
  /** Where a node, or the value or key at a path of keys, begins. */
  locate(node: unknown): Location;
}

/** Reads every document of a text; syntax errors and repeated keys are problems with their place. */
export function readYaml(file: string, text: string, code: ErrorCode = 'CONFIG_INVALID'): YamlFile {
  const lines = new LineCounter();
  const parsed = parseAllDocuments(text, {
    lineCounter: lines,
    version: '1.2',
    uniqueKeys: true,
    prettyErrors: false,
    logLevel: 'error',
  });
  const documents = Array.isArray(parsed) ? parsed : [];
  const at = (offset: number): Location => {
    const { line, col } = lines.linePos(offset);
    return { file, line, column: col };
  };
  const aliasFaults = documents.flatMap((document): Problem[] => {
    const fault = document.errors.length === 0 ? aliasFault(document) : undefined;
    return fault === undefined ? [] : [{ code, message: `not YAML: ${fault.message}`, location: at(fault.offset) }];
  });
  const problems = documents.flatMap((document) =>
    document.errors.map((error) => ({
      code,
      message:
        error.code === 'DUPLICATE_KEY'
          ? `expected each key once, found "${wordAt(text, error.pos[0])}" again`
          : `not YAML: ${error.message}`,
      location: at(error.pos[0]),
    })),
  );
  return {
    file,
    text,
    documents,
    problems: [...problems, ...aliasFaults],
    broken:
      aliasFaults.length > 0 ||
      documents.some((document) => document.errors.some((error) => error.code !== 'DUPLICATE_KEY')),
    locate: (node) => (isNode(node) && node.range != null ? at(node.range[0]) : { file }),
  };
}

/** An alias that leads nowhere, or so many in each other that they would fill the memory. */
function aliasFault(document: Document.Parsed): { readonly message: string; readonly offset: number } | undefined {
  let first: Alias | undefined;
  visit(document, {
    Alias(_key, alias) {
      if (first === undefined || alias.resolve(document) === undefined) first = alias;
    },
  });
  if (first === undefined) return undefined;
  try {
    document.toJS();
    return undefined;
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    return { message: error.message, offset: first.range?.[0] ?? 0 };
  }
}

function wordAt(text: string, offset: number): string {
  const found = /^(?:"(?<double>[^"\n]*)"|'(?<single>[^'\n]*)'|(?<plain>[^\s:,{}[\]]+))/.exec(
    text.slice(offset),
  )?.groups;
  return found?.['double'] ?? found?.['single'] ?? found?.['plain'] ?? '';
}

/** The node at a path of keys; as far as the path leads, where it leads nowhere. */
export function nodeAt(root: unknown, path: readonly PropertyKey[]): Node | undefined {
  let node: Node | undefined = isNode(root) ? root : undefined;
  for (const key of path) {
    const next: unknown =
      node !== undefined && 'get' in node
        ? (node as { get(k: unknown, keep: true): unknown }).get(key, true)
        : undefined;
    if (!isNode(next)) break;
    node = next;
  }
  return node;
}

/** The node of a key in the map at a path. */
export function keyAt(root: unknown, path: readonly PropertyKey[], key: string): Node | undefined {
  const map = nodeAt(root, path);
  if (!isMap(map)) return undefined;
  const pair = map.items.find((item) => isPair(item) && isScalar(item.key) && String(item.key.value) === key);
  return isNode(pair?.key) ? pair.key : undefined;
}

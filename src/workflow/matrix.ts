import { TrunklineError } from '../errors.ts';
import { looselyEqual } from '../expression/loosely-equal.ts';
import type { JsonValue } from '../expression/template.ts';

/** One job of a matrix. */
export interface MatrixCombination {
  /** The `matrix` context. */
  readonly values: Readonly<Record<string, JsonValue>>;
  /** What the job's name shows: all, but what an `include` added to a combination. */
  readonly shown: Readonly<Record<string, JsonValue>>;
}

type Values = Readonly<Record<string, JsonValue>>;

/** GitHub's limit for one matrix. */
export const maxMatrixJobs = 256;

/**
 * The jobs of an evaluated `strategy.matrix` (actions/runner, MatrixBuilder.cs): all combinations, less what `exclude`
 * matches. An `include` adds what is new in it to every combination that has its other values, and is a job of its own
 * where there is none. Values are compared as expressions compare them. Where all is excluded there is none: the job
 * runs once, without a matrix.
 * @throws WORKFLOW_INVALID in GitHub's words
 */
export function expandMatrix(matrix: unknown): readonly MatrixCombination[] {
  if (!isRecord(matrix)) throw refused('Matrix must be a mapping');
  const vectors = Object.entries(matrix)
    .filter(([key]) => !/^(?:include|exclude)$/i.test(key))
    .map(([key, values]): readonly [string, readonly JsonValue[]] => [key, vector(key, values)]);
  const excludes = rules(matrix, 'exclude').map((rule) => excludeOf(rule, vectors));
  const includes = rules(matrix, 'include').map((rule) => includeOf(rule, vectors));
  const kept = product(vectors).filter((values) => !excludes.some((leaves) => matches(values, leaves)));
  const used = new Set<Include>();
  const combinations = kept.map((own): MatrixCombination => {
    const fitting = includes.filter(({ leaves }) => matches(own, leaves));
    for (const include of fitting) used.add(include);
    return { values: Object.assign({}, own, ...fitting.map(({ extra }) => extra)), shown: own };
  });
  const alone = includes.filter((include) => !used.has(include));
  const result = [...combinations, ...alone.map(({ whole }) => ({ values: whole, shown: whole }))];
  if (result.length > maxMatrixJobs) {
    throw refused(`Strategy expansion exceeded ${maxMatrixJobs} results for this job`);
  }
  if (vectors.length === 0 && includes.length === 0) throw refused('Matrix must define at least one vector');
  return result;
}

function vector(key: string, values: unknown): readonly JsonValue[] {
  if (!Array.isArray(values)) throw refused(`Matrix vector '${key}' must be a sequence`);
  if (values.length === 0) throw refused(`Matrix vector '${key}' does not contain any values`);
  return values;
}

type Vectors = readonly (readonly [string, readonly JsonValue[]])[];

function product(vectors: Vectors): readonly Values[] {
  if (vectors.length === 0) return [];
  const size = vectors.reduce((count, [, values]) => count * values.length, 1);
  // Before exclude: enough to keep a mistake from filling the memory.
  if (size > maxMatrixJobs * 256) throw refused(`Strategy expansion exceeded ${maxMatrixJobs} results for this job`);
  return vectors.reduce<readonly Values[]>(
    (done, [key, values]) => done.flatMap((head) => values.map((value) => ({ ...head, [key]: value }))),
    [{}],
  );
}

function rules(matrix: Readonly<Record<string, unknown>>, name: string): readonly Values[] {
  const key = Object.keys(matrix).find((other) => other.toLowerCase() === name);
  const value = key === undefined ? [] : matrix[key];
  if (!Array.isArray(value)) throw refused(`Matrix ${name} must be a sequence`);
  return value.map((rule: unknown) => {
    if (!isRecord(rule)) throw refused(`Matrix ${name} must hold mappings`);
    return rule as Values;
  });
}

/** A value that a rule wants, and where. */
interface Leaf {
  readonly path: readonly string[];
  readonly value: JsonValue;
}

interface Include {
  readonly leaves: readonly Leaf[];
  readonly extra: Values;
  /** The include itself, the matrix's own keys first. */
  readonly whole: Values;
}

function includeOf(rule: Values, vectors: Vectors): Include {
  const entries = Object.entries(rule);
  if (entries.length === 0) throw refused('Matrix include mapping does not contain any values');
  const own = Object.fromEntries(entries.filter(([key]) => isVector(vectors, key)));
  const extra = Object.fromEntries(entries.filter(([key]) => !isVector(vectors, key)));
  return { leaves: leavesOf(own), extra, whole: { ...own, ...extra } };
}

function excludeOf(rule: Values, vectors: Vectors): readonly Leaf[] {
  const keys = Object.keys(rule);
  if (keys.length === 0) throw refused('Matrix exclude filter must not be empty');
  const strange = keys.find((key) => !isVector(vectors, key));
  if (strange !== undefined) {
    throw refused(`Matrix exclude key '${strange}' does not match any key within the matrix`);
  }
  return leavesOf(rule);
}

const isVector = (vectors: Vectors, key: string): boolean =>
  vectors.some(([name]) => name.toLowerCase() === key.toLowerCase());

function leavesOf(value: JsonValue, path: readonly string[] = []): readonly Leaf[] {
  if (typeof value !== 'object' || value === null) return [{ path, value }];
  return Object.entries(value).flatMap(([key, inner]) => leavesOf(inner, [...path, key]));
}

/** Every value that the rule names is the combination's; what it does not name may be anything. */
function matches(values: Values, leaves: readonly Leaf[]): boolean {
  return leaves.every(({ path, value }) => looselyEqual(path.reduce(step, values), value));
}

/** As an index of an expression: keys without case, nothing where there is none. */
function step(value: JsonValue | undefined, key: string): JsonValue | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.entries(value).find(([name]) => name.toLowerCase() === key.toLowerCase())?.[1];
}

/** `a, b`: what GitHub writes in brackets after the job's name. Mappings and lists show their values. */
export function matrixText({ shown }: Pick<MatrixCombination, 'shown'>): string {
  const flatten = (value: JsonValue): readonly string[] => {
    if (typeof value === 'object' && value !== null) return Object.values(value).flatMap(flatten);
    return value === null || value === '' ? [] : [String(value)];
  };
  return Object.values(shown).flatMap(flatten).join(', ');
}

/** `build (a, b)`, at most 100 characters as GitHub shows it. */
export function matrixJobName(name: string, combination: Pick<MatrixCombination, 'shown'>): string {
  const text = matrixText(combination);
  const full = text === '' ? name : `${name} (${text})`;
  return full.length <= 100 ? full : `${full.slice(0, 97)}...`;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function refused(message: string): TrunklineError {
  return new TrunklineError('WORKFLOW_INVALID', message);
}

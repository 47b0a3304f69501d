import { TrunklineError } from '../errors.ts';
import type { JsonValue } from '../expression/template.ts';

/** The values of one job of a matrix, in the order its name shows them. */
export type MatrixCombination = Readonly<Record<string, JsonValue>>;

/** GitHub's limit for one matrix. */
export const maxMatrixJobs = 256;

/**
 * The jobs of an evaluated `strategy.matrix`: all combinations, less what `exclude` matches, with `include` merged into
 * those whose own values it does not change, else added (docs.github.com, "Expanding or adding matrix configurations").
 * @throws WORKFLOW_INVALID in GitHub's words
 */
export function expandMatrix(matrix: unknown): readonly MatrixCombination[] {
  if (!isRecord(matrix)) throw refused('Matrix must be a mapping');
  const vectors = Object.entries(matrix).filter(([key]) => !/^(?:include|exclude)$/i.test(key));
  const own = product(
    vectors.map(([key, values]): readonly [string, readonly JsonValue[]] => [key, vector(key, values)]),
  );
  const excludes = rules(matrix, 'exclude');
  const kept = own.filter((values) => !excludes.some((rule) => matches(values, rule)));
  const combinations = kept.map((values) => ({ own: values, all: { ...values } }));
  const added: MatrixCombination[] = [];
  for (const rule of rules(matrix, 'include')) {
    // Values that an earlier include added may be overwritten, the matrix's own never.
    const fitting = combinations.filter((combination) => agrees(combination.own, rule));
    for (const combination of fitting) Object.assign(combination.all, rule);
    if (fitting.length === 0) added.push(rule);
  }
  const result = [...combinations.map(({ all }) => all), ...added];
  if (result.length > maxMatrixJobs) {
    throw refused(`Strategy expansion exceeded ${maxMatrixJobs} results for this job`);
  }
  if (result.length === 0) throw refused('Matrix must define at least one vector');
  return result;
}

function vector(key: string, values: unknown): readonly JsonValue[] {
  if (!Array.isArray(values)) throw refused(`Matrix vector '${key}' must be a sequence`);
  if (values.length === 0) throw refused(`Matrix vector '${key}' does not contain any values`);
  return values;
}

function product(vectors: readonly (readonly [string, readonly JsonValue[]])[]): readonly MatrixCombination[] {
  if (vectors.length === 0) return [];
  const size = vectors.reduce((count, [, values]) => count * values.length, 1);
  // Before exclude: enough to keep a mistake from filling the memory.
  if (size > maxMatrixJobs * 256) throw refused(`Strategy expansion exceeded ${maxMatrixJobs} results for this job`);
  return vectors.reduce<readonly MatrixCombination[]>(
    (done, [key, values]) => done.flatMap((head) => values.map((value) => ({ ...head, [key]: value }))),
    [{}],
  );
}

function rules(matrix: Readonly<Record<string, unknown>>, name: string): readonly MatrixCombination[] {
  const key = Object.keys(matrix).find((other) => other.toLowerCase() === name);
  const value = key === undefined ? [] : matrix[key];
  if (!Array.isArray(value)) throw refused(`Matrix ${name} must be a sequence`);
  return value.map((rule: unknown) => {
    if (!isRecord(rule)) throw refused(`Matrix ${name} must hold mappings`);
    return rule as MatrixCombination;
  });
}

/** Every value the rule names is the combination's. */
function matches(values: MatrixCombination, rule: MatrixCombination): boolean {
  return Object.entries(rule).every(([key, value]) => Object.hasOwn(values, key) && contains(values[key], value));
}

/** No value that both name differs. */
function agrees(values: MatrixCombination, rule: MatrixCombination): boolean {
  return Object.entries(rule).every(([key, value]) => !Object.hasOwn(values, key) || contains(values[key], value));
}

/** Mappings are compared by what the rule names, lists item by item. */
function contains(actual: unknown, wanted: unknown): boolean {
  if (Array.isArray(wanted)) {
    return (
      Array.isArray(actual) && actual.length === wanted.length && wanted.every((item, i) => contains(actual[i], item))
    );
  }
  if (isRecord(wanted)) {
    return isRecord(actual) && Object.entries(wanted).every(([key, value]) => contains(actual[key], value));
  }
  return actual === wanted;
}

/** `a, b`: what GitHub writes in brackets after the job's name. Mappings and lists show their values. */
export function matrixText(combination: MatrixCombination): string {
  const flatten = (value: JsonValue): readonly string[] => {
    if (typeof value === 'object' && value !== null) return Object.values(value).flatMap(flatten);
    return value === null || value === '' ? [] : [String(value)];
  };
  return Object.values(combination).flatMap(flatten).join(', ');
}

/** `build (a, b)`, at most 100 characters as GitHub shows it. */
export function matrixJobName(name: string, combination: MatrixCombination): string {
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

/** What a plain scalar, or one with a tag, stands for. */
export type ScalarValue = string | number | boolean | null;

/** A scalar as it stands in the file: its text without quotes and folding, and how it was written. */
export interface WrittenScalar {
  readonly text: string;
  readonly style: 'Plain' | 'SingleQuoted' | 'DoubleQuoted' | 'Literal' | 'Folded';
  /** In full: `tag:yaml.org,2002:int`. */
  readonly tag?: string;
  readonly line: number;
  readonly column: number;
}

const nulls: ReadonlySet<string> = new Set(['', 'null', 'Null', 'NULL', '~']);
const booleans: ReadonlyMap<string, boolean> = new Map([
  ...['true', 'True', 'TRUE'].map((text) => [text, true] as const),
  ...['false', 'False', 'FALSE'].map((text) => [text, false] as const),
]);
const special: ReadonlyMap<string, number> = new Map([
  ...['.inf', '.Inf', '.INF', '+.inf', '+.Inf', '+.INF'].map((text) => [text, Number.POSITIVE_INFINITY] as const),
  ...['-.inf', '-.Inf', '-.INF'].map((text) => [text, Number.NEGATIVE_INFINITY] as const),
  ...['.nan', '.NaN', '.NAN'].map((text) => [text, Number.NaN] as const),
]);

/**
 * The value of a scalar by YAML 1.2's core schema, as GitHub reads it (actions/runner, YamlObjectReader.cs).
 * @throws Error in GitHub's words for a tag that the text does not fit, or that GitHub does not know
 */
export function readScalar(scalar: WrittenScalar): ScalarValue {
  const { text, style, tag } = scalar;
  if (tag === 'tag:yaml.org,2002:str') return text;
  if (tag === undefined) return style === 'Plain' ? plain(scalar) : text;
  const where = `on line ${scalar.line} and column ${scalar.column}`;
  if (style !== 'Plain') throw new Error(`The scalar style '${style}' ${where} is not valid with the tag '${tag}'`);
  const read = readers.get(tag);
  if (read === undefined) throw new Error(`Unexpected tag '${tag}'`);
  const value = read(scalar);
  if (value === undefined) throw invalid(scalar, tag);
  return value;
}

function plain(scalar: WrittenScalar): ScalarValue {
  if (nulls.has(scalar.text)) return null;
  return booleans.get(scalar.text) ?? integer(scalar) ?? float(scalar) ?? scalar.text;
}

function integer(scalar: WrittenScalar): number | undefined {
  const { text } = scalar;
  if (/^[-+]?[0-9]+$/.test(text)) return Number(text);
  const [, hexadecimal, octal] = /^0x([0-9a-fA-F]+)$|^0o([0-7]+)$/.exec(text) ?? [];
  const digits = hexadecimal ?? octal;
  if (digits === undefined) return undefined;
  const value = Number.parseInt(digits, octal === undefined ? 16 : 8);
  if (value > 0xffff_ffff) throw invalid(scalar, 'tag:yaml.org,2002:int');
  // GitHub reads 32 bits with their sign.
  return value | 0;
}

function float({ text }: WrittenScalar): number | undefined {
  const known = special.get(text);
  if (known !== undefined) return known;
  return /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/.test(text) ? Number(text) : undefined;
}

const readers: ReadonlyMap<string, (scalar: WrittenScalar) => ScalarValue | undefined> = new Map<
  string,
  (scalar: WrittenScalar) => ScalarValue | undefined
>([
  ['tag:yaml.org,2002:bool', ({ text }) => booleans.get(text)],
  ['tag:yaml.org,2002:float', float],
  ['tag:yaml.org,2002:int', integer],
  ['tag:yaml.org,2002:null', ({ text }) => (nulls.has(text) ? null : undefined)],
]);

function invalid({ text, line, column }: WrittenScalar, tag: string): Error {
  return new Error(`The value '${text}' on line ${line} and column ${column} is invalid for the type '${tag}'`);
}

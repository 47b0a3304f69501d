import { TrunklineError } from '../../errors.ts';

/** One instruction, its words not yet expanded. */
export interface Instruction {
  /** Upper case. */
  readonly name: string;
  /** `--from=build` and the like. */
  readonly flags: Readonly<Record<string, string>>;
  readonly text: string;
  readonly line: number;
}

/** Reads a Dockerfile's instructions; here-documents are not among what is understood. @throws INPUT_INVALID, UNSUPPORTED */
export function parseDockerfile(source: string, file: string): readonly Instruction[] {
  const instructions: Instruction[] = [];
  const continuation = /^#\s*escape\s*=\s*`\s*$/im.test(source.split('\n', 3).join('\n')) ? '`' : '\\';
  const lines = source.replace(/^\uFEFF/, '').split(/\r?\n/);
  for (let index = 0; index < lines.length; index += 1) {
    const first = index;
    let text = (lines[index] ?? '').trim();
    if (text === '' || text.startsWith('#')) continue;
    while (text.endsWith(continuation) && index + 1 < lines.length) {
      index += 1;
      const next = (lines[index] ?? '').trim();
      // Comments and empty lines inside a continued instruction count for nothing.
      if (next === '' || next.startsWith('#')) continue;
      text = `${text.slice(0, -1).trimEnd()} ${next}`;
    }
    instructions.push(parseInstruction(text.endsWith(continuation) ? text.slice(0, -1) : text, file, first + 1));
  }
  if (!instructions.some(({ name }) => name === 'FROM')) {
    throw new TrunklineError('INPUT_INVALID', `expected a FROM in ${file}, found none`, { location: { file } });
  }
  return instructions;
}

function parseInstruction(text: string, file: string, line: number): Instruction {
  const match = /^([A-Za-z]+)(?:\s+(.*))?$/s.exec(text);
  if (match?.[1] === undefined) {
    throw new TrunklineError('INPUT_INVALID', `expected a Dockerfile instruction, found "${text}"`, {
      location: { file, line },
    });
  }
  const flags: Record<string, string> = {};
  let rest = (match[2] ?? '').trim();
  for (let flag = nextFlag(rest); flag !== null; flag = nextFlag(rest)) {
    flags[flag[1] ?? ''] = flag[2] ?? 'true';
    rest = rest.slice(flag[0].length);
  }
  const name = match[1].toUpperCase();
  if (/^(?:RUN|COPY|ADD)$/.test(name) && /<<-?["']?\w/.test(rest)) {
    throw new TrunklineError('UNSUPPORTED', 'the stand-in for image builds reads no here-documents', {
      location: { file, line },
    });
  }
  return { name, flags, text: rest, line };
}

const nextFlag = (text: string): RegExpExecArray | null => /^--([a-z-]+)(?:=(\S+))?\s+/.exec(text);

/** `["a", "b"]` as a list; undefined for the shell form. */
export function execForm(text: string): readonly string[] | undefined {
  if (!text.startsWith('[')) return undefined;
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) && list.every((word) => typeof word === 'string') ? (list as string[]) : undefined;
  } catch {
    return undefined;
  }
}

/** Words, with quotes and backslashes taken off as Docker does. */
export function words(text: string): readonly string[] {
  return [...text.matchAll(/(?:"(?:\\.|[^"\\])*"|'[^']*'|\\.|[^\s"'\\])+/g)].map(([word]) =>
    word.replace(/"((?:\\.|[^"\\])*)"|'([^']*)'|\\(.)/g, (_, double?: string, single?: string, escaped?: string) =>
      double !== undefined ? double.replace(/\\(["\\$])/g, '$1') : (single ?? escaped ?? ''),
    ),
  );
}

/** `$A`, `${A}`, `${A:-b}` and `${A:+b}`. */
export function expand(text: string, values: ReadonlyMap<string, string>): string {
  return text.replace(
    /\\\$|\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?::([-+])([^}]*))?\})/g,
    (all, plain?: string, braced?: string, operator?: string, other = '') => {
      if (all === '\\$') return '$';
      const value = values.get(plain ?? braced ?? '') ?? '';
      if (operator === '-') return value === '' ? other : value;
      if (operator === '+') return value === '' ? '' : other;
      return value;
    },
  );
}

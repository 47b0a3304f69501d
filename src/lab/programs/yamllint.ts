import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { LineCounter, parse, parseAllDocuments } from 'yaml';
import { type Program, readFlags } from './program.ts';

interface Rules {
  readonly ignore?: string;
  readonly rules?: { readonly 'line-length'?: { readonly max?: number } };
}

/** yamllint: syntax, keys that stand twice, and lines that are too long. */
export const yamllint: Program = async ({ words, ports }) => {
  const { values, switches, rest } = readFlags(words, {
    program: 'yamllint',
    values: { '-d': 'rules', '--config-data': 'rules' },
    switches: ['--strict', '-s'],
  });
  ports.stderr.write('stand-in for yamllint: syntax, keys that stand twice and long lines are looked for\n');
  const rules = (parse(values.get('rules')?.at(-1) ?? '{}') ?? {}) as Rules;
  const ignored = (rules.ignore ?? '').split('\n').filter((one) => one !== '');
  let errors = 0;
  let warnings = 0;
  for (const file of (await Promise.all(rest.map((one) => filesOf(ports.cwd, one)))).flat()) {
    if (ignored.some((one) => file.startsWith(one) || file.includes(`/${one}`))) continue;
    const found = look(await readFile(resolve(ports.cwd, file), 'utf8'), rules.rules?.['line-length']?.max ?? 80);
    if (found.length === 0) continue;
    ports.stdout.write(`./${file}\n`);
    for (const { line, column, level, message } of found) {
      if (level === 'error') errors += 1;
      else warnings += 1;
      ports.stdout.write(`  ${line}:${column}  ${level}  ${message}\n`);
    }
  }
  const strict = switches.has('--strict') || switches.has('-s');
  return errors > 0 ? 1 : warnings > 0 && strict ? 2 : 0;
};

async function filesOf(cwd: string, name: string): Promise<readonly string[]> {
  const path = resolve(cwd, name);
  if (!(await stat(path)).isDirectory()) return [relative(cwd, path)];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries
    .filter(
      (one) => one.isFile() && /\.ya?ml$|^\.yamllint$/.test(one.name) && !/(?:^|\/)\.git(?:\/|$)/.test(one.parentPath),
    )
    .map((one) => relative(cwd, join(one.parentPath, one.name)))
    .sort();
}

interface Found {
  readonly line: number;
  readonly column: number;
  readonly level: 'error' | 'warning';
  readonly message: string;
}

function look(text: string, max: number): readonly Found[] {
  const lineCounter = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter, uniqueKeys: true, logLevel: 'silent' });
  const errors = ('empty' in documents ? [] : documents).flatMap((document) =>
    document.errors.map(({ code, message, pos: [at] }): Found => {
      const { line, col } = lineCounter.linePos(at);
      const rule = code === 'DUPLICATE_KEY' ? 'key-duplicates' : 'syntax';
      return { line, column: col, level: 'error', message: `${message.split('\n')[0]} (${rule})` };
    }),
  );
  const long = text.split(/\r?\n/).flatMap((line, index): readonly Found[] => {
    // A word that cannot be broken may be as long as it is.
    if (line.length <= max || !/\S\s/.test(line.trim().replace(/^(?:#|-)\s+/, ''))) return [];
    const message = `line too long (${line.length} > ${max} characters) (line-length)`;
    return [{ line: index + 1, column: max + 1, level: 'warning', message }];
  });
  return [...errors, ...long].sort((a, b) => a.line - b.line || a.column - b.column);
}

import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { git } from '../../git/git.ts';
import { secretPatterns } from '../stand-ins/trivy/secret-patterns.ts';
import { notKnown, type Program, readFlags } from './program.ts';

/** `gitleaks git`: every line that was ever added, against a handful of patterns. */
export const gitleaks: Program = async ({ words, ports }) => {
  const [command = '', ...given] = words;
  if (command !== 'git') throw notKnown('gitleaks', command);
  const { values, rest } = readFlags(given, {
    program: 'gitleaks',
    values: {
      '--report-format': 'format',
      '-f': 'format',
      '--report-path': 'output',
      '-r': 'output',
      '--exit-code': 'code',
    },
    switches: ['--no-banner', '--redact'],
  });
  const format = values.get('format')?.at(-1) ?? 'json';
  if (format !== 'json') throw notKnown('gitleaks', `--report-format ${format}`);
  ports.stderr.write(`stand-in for gitleaks: ${secretPatterns.length} patterns\n`);
  const cwd = resolve(ports.cwd, rest[0] ?? '.');
  const log = await git(['log', '--all', '--patch', '--unified=0', '--no-color', '--format=commit %H'], { cwd });
  const found = [...addedLines(log)].flatMap(({ commit, file, line, text }) =>
    secretPatterns
      .filter(({ pattern }) => pattern.test(text))
      .map(({ id, title }) => ({
        RuleID: id,
        Description: title,
        StartLine: line,
        EndLine: line,
        Match: 'REDACTED',
        Secret: 'REDACTED',
        File: file,
        Commit: commit,
      })),
  );
  const output = values.get('output')?.at(-1);
  if (output !== undefined) await writeFile(resolve(ports.cwd, output), `${JSON.stringify(found, undefined, 1)}\n`);
  return found.length > 0 ? Number(values.get('code')?.at(-1) ?? 1) : 0;
};

function* addedLines(log: string): Generator<{ commit: string; file: string; line: number; text: string }> {
  let [commit, file, line] = ['', '', 0];
  for (const text of log.split('\n')) {
    if (text.startsWith('commit ')) commit = text.slice('commit '.length);
    else if (text.startsWith('+++ ')) file = text.replace(/^\+\+\+ (?:b\/)?/, '');
    else if (text.startsWith('@@ ')) line = Number(/\+(\d+)/.exec(text)?.[1] ?? 0);
    else if (text.startsWith('+')) {
      yield { commit, file, line, text: text.slice(1) };
      line += 1;
    }
  }
}

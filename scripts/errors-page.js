// Writes docs/errors.md from the list of codes in src/errors.ts; with --check says whether it is current.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const page = join(root, 'docs/errors.md');

export function renderErrorsPage(source) {
  const list = /export const errorCodes = \{\n([\s\S]*?)\n\} as const;/.exec(source)?.[1] ?? '';
  const rows = [...list.matchAll(/^ {2}([A-Z_]+):\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"),$/gm)].map(
    ([, code, single, double]) =>
      `| \`${code}\` | ${(single ?? double).replaceAll("\\'", "'").replaceAll('|', '\\|')} |`,
  );
  return [
    '# Errors',
    '',
    'Every reason for which Trunkline refuses or fails. A message says what was expected, what was found and where; its',
    'hint, what mends it. Exit codes: 0 done, 1 refused or findings, 2 wrong usage (also `INPUT_INVALID`), 70 a bug of',
    'ours, 130 interrupted. Generated from `src/errors.ts`.',
    '',
    '| code | reason |',
    '|---|---|',
    ...rows,
    '',
  ].join('\n');
}

const wanted = renderErrorsPage(readFileSync(join(root, 'src/errors.ts'), 'utf8'));
if (process.argv.includes('--check')) process.exitCode = readFileSync(page, 'utf8') === wanted ? 0 : 1;
else writeFileSync(page, wanted);

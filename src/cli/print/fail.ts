import { formatLocation, type Problem, TrunklineError } from '../../errors.ts';
import type { Ports } from '../../ports.ts';
import { version } from '../version.ts';
import { type Style, styleFor } from './style.ts';

/** What the machine lacks, not what we did wrong. */
const machine = new Set(['ENOSPC', 'EDQUOT', 'EROFS', 'EACCES', 'EPERM', 'EMFILE', 'ENFILE']);

/** Prints why a command ends badly, on stderr, and answers its exit code. */
export function fail(error: unknown, words: readonly string[], ports: Ports): number {
  if (ports.interrupted.aborted) return 130;
  const style = styleFor(ports.stderr, ports.env);
  if (error instanceof TrunklineError) {
    const problems: readonly Problem[] = error.problems.length > 0 ? error.problems : [error];
    for (const problem of problems) {
      ports.stderr.write(`${formatFailure(problem, style)}\n`);
      if (ports.env['GITHUB_ACTIONS'] === 'true') ports.stdout.write(`${annotation(problem)}\n`);
    }
    return error.code === 'INPUT_INVALID' ? 2 : 1;
  }
  if (error instanceof Error && machine.has((error as NodeJS.ErrnoException).code ?? '')) {
    ports.stderr.write(`${style('red', 'error')}: ${error.message}${space(error, ports, style)}\n`);
    return 1;
  }
  ports.stderr.write(
    [
      `${style('red', 'This is a bug in trunkline, not in your repository.')} Please report it with these lines:`,
      '',
      `  trunkline ${version}, Node ${process.version}, ${process.platform} ${process.arch}`,
      `  command: ${words.slice(0, 2).join(' ')}`,
      ...stack(error).map((line) => `  ${line}`),
      '',
    ].join('\n'),
  );
  return 70;
}

function space(error: NodeJS.ErrnoException, ports: Ports, style: Style): string {
  if (error.code !== 'ENOSPC' && error.code !== 'EDQUOT') return '';
  return `\n  ${style('cyan', 'hint')}: free some space, or set TMPDIR to a folder that has some (now ${ports.env['TMPDIR'] ?? '/tmp'})`;
}

/** `file:line:column: error: message [CODE]`, then the hint. */
function formatFailure(problem: Problem, style: Style): string {
  const place = problem.location === undefined ? '' : `${style('bold', formatLocation(problem.location))}: `;
  const hint =
    problem.hint === undefined ? '' : `\n  ${style('cyan', 'hint')}: ${problem.hint.replaceAll('\n', '\n  ')}`;
  return `${place}${style('red', 'error')}: ${problem.message} ${style('dim', `[${problem.code}]`)}${hint}`;
}

/** The same as a workflow command, so that GitHub shows it beside the file. */
function annotation(problem: Problem): string {
  const { file, line, column } = problem.location ?? {};
  const properties = Object.entries({ file, line, col: column, title: problem.code })
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${escapeText(String(value)).replaceAll(':', '%3A').replaceAll(',', '%2C')}`);
  const text = problem.hint === undefined ? problem.message : `${problem.message}\n${problem.hint}`;
  return `::error ${properties.join(',')}::${escapeText(text)}`;
}

function escapeText(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function stack(error: unknown): string[] {
  const lines = (error instanceof Error ? (error.stack ?? error.message) : String(error)).split('\n');
  const cause = error instanceof Error && error.cause !== undefined ? [`caused by ${String(error.cause)}`] : [];
  return [...lines.slice(0, 12), ...cause];
}

import { appendSummary } from '../../github/job-outputs.ts';
import type { Ports } from '../../ports.ts';
import { type Style, styleFor } from './style.ts';
import { shorten, table, width } from './table.ts';

/** A table for people: on a terminal coloured and cut to its width, plain elsewhere, Markdown in a job's summary. */
export interface Section {
  readonly title?: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
  /** Said where there are no rows. */
  readonly empty?: string;
}

export type Cell = string | { readonly text: string; readonly tone: 'good' | 'bad' | 'warn' | 'dim' };

const colours = { good: 'green', bad: 'red', warn: 'yellow', dim: 'dim' } as const;

export interface Report {
  readonly title: string;
  readonly sections: readonly Section[];
  readonly notes: readonly string[];
}

/** Prints a report, or its value where JSON was asked for; adds it to the job's summary on Actions. */
export function printReport(ports: Ports, json: boolean | undefined, value: unknown, report: Report): void {
  if (json === true) {
    ports.stdout.write(`${JSON.stringify(value, undefined, 2)}\n`);
  } else {
    const style = styleFor(ports.stdout, ports.env);
    const blocks = report.sections.map((section) => renderSection(section, ports, style));
    ports.stdout.write(`${[style('bold', clean(report.title)), ...blocks].join('\n\n')}\n`);
    for (const note of report.notes) ports.stderr.write(`note: ${clean(note)}\n`);
  }
  appendSummary(ports, markdown(report));
}

function renderSection({ title, head, rows, empty }: Section, { stdout }: Ports, style: Style): string {
  const heading = title === undefined ? [] : [style('bold', title)];
  if (rows.length === 0) return [...heading, empty ?? 'none'].join('\n');
  const cells = rows.map((row) => row.map((cell) => clean(textOf(cell))));
  const room = stdout.isTTY ? lastColumn([head, ...cells], stdout.columns) : Number.POSITIVE_INFINITY;
  const lines = cells.flatMap((row, y) =>
    wrapLast(row, room).map((line) =>
      line.map((text, x) => {
        const cell = rows[y]?.[x];
        return cell === undefined || typeof cell === 'string' ? text : style(colours[cell.tone], text);
      }),
    ),
  );
  return [...heading, table([head.map((text) => style('dim', text)), ...lines])].join('\n');
}

/** What the terminal leaves for the last column, which holds reasons. */
function lastColumn(rows: readonly (readonly string[])[], columns: number): number {
  const last = Math.max(...rows.map((row) => row.length)) - 1;
  let used = 0;
  for (let x = 0; x < last; x++) used += Math.max(...rows.map((row) => width(row[x] ?? ''))) + 2;
  return Math.max(30, columns - used);
}

/** A row in as many lines as its last cell needs: a reason that is cut off helps nobody. */
function wrapLast(row: readonly string[], room: number): readonly (readonly string[])[] {
  const text = row.at(-1) ?? '';
  if (width(text) <= room) return [row];
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const line = lines.at(-1);
    if (line !== undefined && width(line) + 1 + width(word) <= room) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(shorten(word, room));
  }
  return lines.map((line, index) => [...row.slice(0, -1).map((cell) => (index === 0 ? cell : '')), line]);
}

function markdown({ title, sections, notes }: Report): string {
  const blocks = sections.flatMap(({ title: heading, head, rows, empty }) => [
    ...(heading === undefined ? [] : ['', `### ${plainMarkdown(heading)}`]),
    '',
    ...(rows.length === 0
      ? [plainMarkdown(empty ?? 'none')]
      : [head, head.map(() => '---'), ...rows.map((row) => row.map((cell) => plainMarkdown(textOf(cell))))].map(
          (row) => `| ${row.join(' | ')} |`,
        )),
  ]);
  return [`## ${plainMarkdown(title)}`, ...blocks, ...notes.map((note) => `\n> ${plainMarkdown(note)}`)].join('\n');
}

function textOf(cell: Cell): string {
  return typeof cell === 'string' ? cell : cell.text;
}

/** Texts of commits and pull requests are other people's: nothing of theirs that steers a terminal reaches it. */
function clean(text: string): string {
  return text.replaceAll(/\s+/g, ' ').replaceAll(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, '');
}

/** Neither Markdown nor HTML of somebody else's. */
function plainMarkdown(text: string): string {
  return clean(text).replaceAll(/[\\`*_|<>[\]&~$]/g, '\\$&');
}

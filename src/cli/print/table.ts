import { stripVTControlCharacters } from 'node:util';

/** Columns of equal width, two spaces between, no line at its end; the first row is the head. Colours do not count. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, width(cell));
  }
  return rows
    .map((row) =>
      row
        .map((cell, index) => cell + ' '.repeat(Math.max(0, (widths[index] ?? 0) - width(cell))))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** How many columns a text takes on a terminal, as far as one character is one column. */
export function width(text: string): number {
  return [...stripVTControlCharacters(text)].length;
}

/** At most so many columns; what is cut off is replaced by `…`. */
export function shorten(text: string, columns: number): string {
  const letters = [...text];
  return letters.length <= columns ? text : `${letters.slice(0, Math.max(0, columns - 1)).join('')}…`;
}

import { TrunklineError } from '../errors.ts';

/** A report of a test or scan tool, readable more than once from its start; text as it comes, in any pieces. */
export interface Report {
  /** As it is named in messages: a path. */
  readonly file: string;
  open(): AsyncIterable<string>;
}

/** What is wrong with a report itself: such a one never passes a gate. */
export function reportInvalid(report: Pick<Report, 'file'>, message: string, line?: number): TrunklineError {
  return new TrunklineError('REPORT_INVALID', message, {
    location: { file: report.file, ...(line === undefined ? {} : { line }) },
    hint: 'a report that is empty, cut off or of another format passes no gate: look at the step that writes it',
  });
}

/** The first characters of a report, enough to tell its format by. @throws REPORT_INVALID when it is empty */
export async function headOf(report: Report, length = 65_536): Promise<string> {
  let head = '';
  for await (const chunk of report.open()) {
    head += chunk;
    if (head.length >= length) break;
  }
  const text = head.replace(/^\uFEFF/, '');
  if (text.trim() === '') throw reportInvalid(report, 'expected a report, found an empty file');
  return text;
}

/** Lines without their ends, CRLF or LF; the last one says whether the report ends in a line feed. */
export async function* linesOf(report: Report): AsyncGenerator<{ number: number; text: string; ended: boolean }> {
  let rest = '';
  let number = 0;
  for await (const chunk of report.open()) {
    const parts = (rest + chunk).split('\n');
    rest = parts.pop() ?? '';
    for (const part of parts) {
      number += 1;
      yield { number, text: bare(number, part), ended: true };
    }
  }
  if (rest !== '') yield { number: number + 1, text: bare(number + 1, rest), ended: false };
}

function bare(number: number, line: string): string {
  const text = line.endsWith('\r') ? line.slice(0, -1) : line;
  return number === 1 ? text.replace(/^\uFEFF/, '') : text;
}

import { linesOf, type Report, reportInvalid } from '../report.ts';
import { type Coverage, CoverageCount } from './coverage.ts';

/** lcov's tracefile (geninfo(1)): `SF:file`, `DA:line,hits`, `end_of_record`; other records are passed over. */
export async function readLcov(report: Report): Promise<Coverage> {
  const count = new CoverageCount('lines');
  let file: string | undefined;
  let last = 1;
  for await (const { number, text } of linesOf(report)) {
    last = number;
    if (text.startsWith('SF:')) {
      if (file !== undefined) throw reportInvalid(report, 'expected "end_of_record" before the next file', number);
      file = text.slice(3);
      count.file(file);
    } else if (text.startsWith('DA:')) {
      const found = /^DA:(\d+),(-?\d+)(?:,.*)?$/.exec(text);
      if (found === null || file === undefined)
        throw reportInvalid(report, `expected "DA:line,hits" of a file, found "${text.slice(0, 80)}"`, number);
      // geninfo wrote negative counts where a counter ran over: such a line was reached.
      count.addLine(file, Number(found[1]), Math.abs(Number(found[2])));
    } else if (text === 'end_of_record') {
      file = undefined;
    }
  }
  if (file !== undefined)
    throw reportInvalid(report, 'expected "end_of_record", found the end of a file cut off', last);
  return count.result();
}

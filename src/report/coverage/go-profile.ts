import { linesOf, type Report, reportInvalid } from '../report.ts';
import { type Coverage, CoverageCount } from './coverage.ts';

/**
 * Go's cover profile (golang.org/x/tools/cover): `file:line.column,line.column statements count`. The same block in
 * several packages' runs (-coverpkg) counts once.
 */
export async function readGoProfile(report: Report): Promise<Coverage> {
  const count = new CoverageCount('statements');
  for await (const { number, text, ended } of linesOf(report)) {
    if (/^mode: (?:set|count|atomic)$/.test(text) || text === '') continue;
    const found = /^(.+):((\d+)\.\d+,(\d+)\.\d+) (\d+) (\d+)$/.exec(text);
    if (found === null || !ended) {
      const line = ended ? `"${text.slice(0, 80)}"` : 'a last line that is cut off';
      throw reportInvalid(report, `expected a block "file:1.2,3.4 5 6", found ${line}`, number);
    }
    const [, file = '', key = '', from, to, weight, hits] = found;
    count.add(file, key, { from: Number(from), to: Number(to), weight: Number(weight), hits: Number(hits) });
  }
  return count.result();
}

import { readXml } from '../read-xml.ts';
import type { Report } from '../report.ts';
import { count } from './cobertura.ts';
import { type Coverage, CoverageCount } from './coverage.ts';

/** JaCoCo's XML: `package/sourcefile/line` with missed and covered instructions (mi, ci); a line with one covered was reached. */
export async function readJacoco(report: Report): Promise<Coverage> {
  const found = new CoverageCount('lines');
  let folder = '';
  let file = '';
  await readXml(report, {
    open: ({ name, attributes }) => {
      if (name === 'package') folder = attributes['name'] ?? '';
      else if (name === 'sourcefile') {
        file = [folder, attributes['name']].filter((part) => part !== undefined && part !== '').join('/');
        found.file(file);
      } else if (name === 'line') {
        found.addLine(file, count(report, attributes, 'nr'), count(report, attributes, 'ci'));
      }
    },
  });
  return found.result();
}

import { readXml } from '../read-xml.ts';
import type { Report } from '../report.ts';
import { count } from './cobertura.ts';
import { type Coverage, CoverageCount } from './coverage.ts';

/** Clover's XML: `file/line` of the types stmt and cond; the lines of methods are those of their declarations. */
export async function readClover(report: Report): Promise<Coverage> {
  const found = new CoverageCount('lines');
  let file = '';
  await readXml(report, {
    open: ({ name, attributes }) => {
      if (name === 'file') {
        file = attributes['path'] ?? attributes['name'] ?? '';
        found.file(file);
      } else if (name === 'line' && attributes['type'] !== 'method') {
        found.addLine(file, count(report, attributes, 'num'), hits(report, attributes));
      }
    },
  });
  return found.result();
}

/** OpenClover counts a condition by how often it held and did not; others count it as any line. */
function hits(report: Report, attributes: Readonly<Record<string, string>>): number {
  if (attributes['count'] === undefined && attributes['truecount'] !== undefined)
    return count(report, attributes, 'truecount') + count(report, attributes, 'falsecount');
  return count(report, attributes, 'count');
}

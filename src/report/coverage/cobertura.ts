import { readXml } from '../read-xml.ts';
import { type Report, reportInvalid } from '../report.ts';
import { type Coverage, CoverageCount } from './coverage.ts';

/** Cobertura's XML: lines below `class`; those below `method` say the same again. */
export async function readCobertura(report: Report): Promise<Coverage> {
  const found = new CoverageCount('lines');
  let file = '';
  await readXml(report, {
    open: ({ name, attributes, parents }) => {
      if (name === 'class') {
        file = attributes['filename'] ?? '';
        found.file(file);
      } else if (name === 'line' && parents.at(-2) === 'class') {
        found.addLine(file, count(report, attributes, 'number'), count(report, attributes, 'hits'));
      }
    },
  });
  return found.result();
}

/** A whole number among an element's attributes. @throws REPORT_INVALID */
export function count(report: Report, attributes: Readonly<Record<string, string>>, name: string): number {
  const text = attributes[name];
  if (text !== undefined && /^\d+$/.test(text)) return Number(text);
  throw reportInvalid(
    report,
    `expected a number as "${name}" of a line, found ${text === undefined ? 'none' : `"${text}"`}`,
  );
}

import { readXml } from '../read-xml.ts';
import type { Report } from '../report.ts';
import { count } from './cobertura.ts';
import { type Coverage, CoverageCount } from './coverage.ts';

/** JaCoCo's XML: `package/sourcefile/line` with missed and covered instructions (mi, ci); a line with one covered was reached. */
export async function readJacoco(report: Report): Promise<Coverage> {
  const found = new CoverageCount('lines');
  const groups: string[] = [];
  const owners = new Map<string, string>();
  let folder = '';
  let file = '';
  await readXml(report, {
    open: ({ name, attributes }) => {
      if (name === 'group') groups.push(attributes['name'] ?? '');
      else if (name === 'package') folder = attributes['name'] ?? '';
      else if (name === 'sourcefile') {
        const name = joined(folder, attributes['name']);
        const module = groups.join('/');
        const first = owners.get(name) ?? module;
        owners.set(name, first);
        // Modules of an aggregate may each have a file of this name: a line of one is none of the other.
        file = first === module ? name : joined(module, name);
        found.file(file);
      } else if (name === 'line') {
        found.addLine(file, count(report, attributes, 'nr'), count(report, attributes, 'ci'));
      }
    },
    close: (name) => {
      if (name === 'group') groups.pop();
    },
  });
  return found.result();
}

function joined(...parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined && part !== '').join('/');
}

import { readJson } from '../read-json.ts';
import type { Report } from '../report.ts';
import { fields, given, list, requireList, text } from './fields.ts';
import { type Finding, parseSeverity, type ScanFacts, type Severity, severityOfScore } from './finding.ts';

/** OSV-Scanner's JSON: one finding for each group of names of one vulnerability in a package. */
export async function readOsv(report: Report, take: (finding: Finding) => void): Promise<ScanFacts> {
  const sources = new Map<string | number, string>();
  const paths = ['$.results.*.source.path', '$.results.*.packages.*'];
  const shapes = await readJson(report, { paths }, ({ path, value }) => {
    const [, index = 0, what] = path;
    if (what === 'source') sources.set(index, text(value) ?? '');
    else for (const finding of readPackage(value, sources.get(index) ?? '')) take(finding);
  });
  requireList(report, shapes, 'results');
  return { tool: 'OSV-Scanner', digests: [] };
}

function readPackage(value: unknown, target: string): readonly Finding[] {
  const one = fields(value);
  const named = fields(one['package']);
  const advisories = list(one['vulnerabilities']).map(fields);
  const groups = list(one['groups']).map(fields);
  const ids = (group: unknown): readonly string[] => list(fields(group)['ids']).flatMap((id) => text(id) ?? []);
  const grouped = new Set(groups.flatMap(ids));
  // An advisory that no group names stands for itself.
  const alone = advisories
    .filter((each) => !grouped.has(text(each['id']) ?? ''))
    .map((each) => ({ ids: [each['id']] }));
  return [...groups, ...alone].map((group) => {
    const names = ids(group);
    const own = advisories.filter((each) => names.includes(text(each['id']) ?? ''));
    const aliases = [
      ...names.slice(1),
      ...list(fields(group)['aliases']).flatMap((alias) => text(alias) ?? []),
      ...own.flatMap((each) => list(each['aliases']).flatMap((alias) => text(alias) ?? [])),
    ];
    return {
      kind: 'vulnerability',
      id: names[0] ?? 'unnamed',
      aliases: [...new Set(aliases)].filter((alias) => alias !== names[0]),
      severity: severityOf(fields(group)['max_severity'], own),
      title: text(own[0]?.['summary']) ?? text(own[0]?.['details']) ?? '',
      target,
      fixed: own.flatMap((each) => fixedIn(each, text(named['name']))),
      suppressed: false,
      ...given<Finding>({ package: text(named['name']), installed: text(named['version']) }),
    };
  });
}

/** The group's CVSS score; else the advisory database's own word. */
function severityOf(score: unknown, advisories: readonly Readonly<Record<string, unknown>>[]): Severity {
  const number = typeof score === 'string' && score !== '' ? Number(score) : Number.NaN;
  if (number > 0) return severityOfScore(number);
  const word = advisories
    .map((one) => text(fields(one['database_specific'])['severity']))
    .find((one) => one !== undefined);
  return (word === undefined ? undefined : parseSeverity(word)) ?? 'unknown';
}

function fixedIn(advisory: Readonly<Record<string, unknown>>, name: string | undefined): readonly string[] {
  return list(advisory['affected'])
    .map(fields)
    .filter((one) => name === undefined || fields(one['package'])['name'] === name)
    .flatMap((one) => list(one['ranges']).map(fields))
    .flatMap((range) => list(range['events']).flatMap((event) => text(fields(event)['fixed']) ?? []));
}

import { readJson } from '../read-json.ts';
import type { Report } from '../report.ts';
import { fields, given, text, wholeNumber } from './fields.ts';
import type { Finding, ScanFacts } from './finding.ts';

/** Gitleaks' JSON: an array, empty where nothing was found. */
export async function readGitleaks(report: Report, take: (finding: Finding) => void): Promise<ScanFacts> {
  await readJson(report, { paths: ['$.*'] }, ({ value }) => {
    const one = fields(value);
    take({
      kind: 'secret',
      id: text(one['RuleID']) ?? 'unnamed',
      aliases: [],
      severity: 'critical',
      title: text(one['Description']) ?? '',
      target: text(one['File']) ?? '',
      suppressed: false,
      ...given<Finding>({ line: wholeNumber(one['StartLine']) }),
    });
  });
  return { tool: 'Gitleaks', digests: [] };
}

/** TruffleHog's JSON, a line for each secret. It writes nothing at all where it found none: an empty file is no report. */
export async function readTrufflehog(report: Report, take: (finding: Finding) => void): Promise<ScanFacts> {
  await readJson(report, { paths: ['$'], lines: true }, ({ path, value }) => {
    const one = fields(value);
    if (path.length > 0 || one['SourceMetadata'] === undefined) return;
    const [source] = Object.values(fields(fields(one['SourceMetadata'])['Data'])).map(fields);
    take({
      kind: 'secret',
      id: text(one['DetectorName']) ?? 'unnamed',
      aliases: [],
      severity: 'critical',
      title: one['Verified'] === true ? 'a secret that works' : 'a secret, not tried or not working',
      target: text(source?.['file']) ?? text(source?.['link']) ?? '',
      suppressed: false,
      verified: one['Verified'] === true,
      ...given<Finding>({ line: wholeNumber(source?.['line']) }),
    });
  });
  return { tool: 'TruffleHog', digests: [] };
}

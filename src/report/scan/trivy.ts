import { readJson } from '../read-json.ts';
import { type Report, reportInvalid } from '../report.ts';
import { digestIn, type Fields, fields, given, requireList, text, wholeNumber } from './fields.ts';
import { type Finding, type Kind, parseSeverity, type ScanFacts, type Severity } from './finding.ts';

const sections: Readonly<Record<string, Kind>> = {
  Vulnerabilities: 'vulnerability',
  Secrets: 'secret',
  Misconfigurations: 'misconfiguration',
};

/** Trivy's JSON (SchemaVersion 2), of images and file systems. */
export async function readTrivy(report: Report, take: (finding: Finding) => void): Promise<ScanFacts> {
  const targets = new Map<string | number, string>();
  const digests = new Set<string>();
  let scannedAt: string | undefined;
  let schema: unknown;
  const paths = [
    '$.SchemaVersion',
    '$.CreatedAt',
    '$.Metadata.RepoDigests.*',
    '$.Results.*.Target',
    ...Object.keys(sections).map((name) => `$.Results.*.${name}.*`),
  ];
  const shapes = await readJson(report, { paths }, ({ path, value }) => {
    const [first, index = 0, section = ''] = path;
    if (first === 'SchemaVersion') schema = value;
    else if (first === 'CreatedAt') scannedAt = text(value);
    else if (first === 'Metadata') for (const digest of digestIn(value)) digests.add(digest);
    else if (section === 'Target') targets.set(index, text(value) ?? '');
    else {
      const kind = sections[section];
      const finding = kind === undefined ? undefined : read(report, kind, fields(value), targets.get(index) ?? '');
      if (finding !== undefined) take(finding);
    }
  });
  if (schema !== 2)
    throw reportInvalid(report, `expected Trivy's JSON with SchemaVersion 2, found ${schema ?? 'none'}`);
  // Where there was nothing to look at it leaves the results out; what it looked at it always names.
  if (shapes.has('Results')) requireList(report, shapes, 'Results');
  else if (!shapes.has('ArtifactName'))
    throw reportInvalid(report, 'expected "ArtifactName" or "Results" of Trivy\'s JSON, found neither');
  return { tool: 'Trivy', digests: [...digests], ...given<{ scannedAt: string }>({ scannedAt }) };
}

function read(report: Report, kind: Kind, one: Fields, target: string): Finding | undefined {
  const severity = severityOf(report, one);
  const shared = { kind, severity, target, aliases: [], suppressed: false };
  switch (kind) {
    case 'vulnerability':
      return {
        ...shared,
        id: text(one['VulnerabilityID']) ?? 'unnamed',
        title: text(one['Title']) ?? text(one['Description']) ?? '',
        fixed: (text(one['FixedVersion']) ?? '').split(/,\s*/).filter((version) => version !== ''),
        ...given<Finding>({ package: text(one['PkgName']), installed: text(one['InstalledVersion']) }),
      };
    case 'secret':
      return {
        ...shared,
        id: text(one['RuleID']) ?? 'unnamed',
        title: text(one['Title']) ?? '',
        ...given<Finding>({ line: wholeNumber(one['StartLine']) }),
      };
    case 'misconfiguration':
      if (one['Status'] !== undefined && one['Status'] !== 'FAIL') return undefined;
      return {
        ...shared,
        id: text(one['ID']) ?? 'unnamed',
        aliases: [text(one['AVDID'])].filter((alias) => alias !== undefined),
        title: text(one['Title']) ?? text(one['Message']) ?? '',
        ...given<Finding>({ line: wholeNumber(fields(one['CauseMetadata'])['StartLine']) }),
      };
  }
}

function severityOf(report: Report, one: Fields): Severity {
  const word = text(one['Severity']);
  const severity = word === undefined ? undefined : parseSeverity(word);
  if (severity !== undefined) return severity;
  throw reportInvalid(
    report,
    `expected a severity of every finding, found ${word === undefined ? 'none' : `"${word}"`}`,
  );
}

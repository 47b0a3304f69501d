import { readJson } from '../read-json.ts';
import { type Report, reportInvalid } from '../report.ts';
import { digestIn, fields, given, list, requireList, text } from './fields.ts';
import { type Finding, parseSeverity, type ScanFacts } from './finding.ts';

/** Grype's JSON: `matches`, and `ignoredMatches` as suppressed. */
export async function readGrype(report: Report, take: (finding: Finding) => void): Promise<ScanFacts> {
  const digests = new Set<string>();
  let scannedAt: string | undefined;
  const paths = [
    '$.matches.*',
    '$.ignoredMatches.*',
    '$.source.target.repoDigests.*',
    '$.source.target.manifestDigest',
    '$.descriptor.timestamp',
  ];
  const shapes = await readJson(report, { paths }, ({ path, value }) => {
    const [first] = path;
    if (first === 'descriptor') scannedAt = text(value);
    else if (first === 'source') for (const digest of digestIn(value)) digests.add(digest);
    else take(read(report, value, first === 'ignoredMatches'));
  });
  requireList(report, shapes, 'matches');
  return { tool: 'Grype', digests: [...digests], ...given<{ scannedAt: string }>({ scannedAt }) };
}

function read(report: Report, match: unknown, suppressed: boolean): Finding {
  const vulnerability = fields(fields(match)['vulnerability']);
  const artifact = fields(fields(match)['artifact']);
  const word = text(vulnerability['severity']);
  const severity = word === undefined ? undefined : parseSeverity(word);
  if (severity === undefined)
    throw reportInvalid(
      report,
      `expected a severity of every match, found ${word === undefined ? 'none' : `"${word}"`}`,
    );
  const fix = fields(vulnerability['fix']);
  const related = list(fields(match)['relatedVulnerabilities']);
  return {
    kind: 'vulnerability',
    id: text(vulnerability['id']) ?? 'unnamed',
    aliases: related.flatMap((one) => text(fields(one)['id']) ?? []),
    severity,
    title: text(vulnerability['description']) ?? '',
    target: text(fields(list(artifact['locations'])[0])['path']) ?? '',
    suppressed,
    ...given<Finding>({ package: text(artifact['name']), installed: text(artifact['version']) }),
    // `unknown` is no answer: whether it can be mended is then not known.
    ...(fix['state'] === 'unknown' ? {} : { fixed: list(fix['versions']).flatMap((one) => text(one) ?? []) }),
  };
}

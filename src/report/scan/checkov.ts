import { readJson } from '../read-json.ts';
import { type Report, reportInvalid } from '../report.ts';
import { fields, given, list, text, wholeNumber } from './fields.ts';
import { type Finding, parseSeverity, type ScanFacts } from './finding.ts';

/**
 * Checkov's JSON: one framework's results, or an array of them. Severities are known only to its paid platform: without
 * one a failed check counts as high.
 */
export async function readCheckov(report: Report, take: (finding: Finding) => void): Promise<ScanFacts> {
  const paths = [
    '$.check_type',
    '$.results.failed_checks.*',
    '$.*.check_type',
    '$.*.results.failed_checks.*',
    // What it writes where there was nothing to check: {"passed": 0, "failed": 0, …}
    '$.passed',
  ];
  let known = false;
  await readJson(report, { paths }, ({ path, value }) => {
    if (path.at(-1) === 'check_type' || path.at(-1) === 'passed') known = true;
    else take(read(value));
  });
  if (!known) throw reportInvalid(report, 'expected "check_type" of Checkov\'s JSON, found none');
  return { tool: 'Checkov', digests: [] };
}

function read(value: unknown): Finding {
  const check = fields(value);
  const severity = text(check['severity']);
  return {
    kind: 'misconfiguration',
    id: text(check['check_id']) ?? 'unnamed',
    aliases: [text(check['bc_check_id'])].filter((alias) => alias !== undefined),
    severity: (severity === undefined ? undefined : parseSeverity(severity)) ?? 'high',
    title: text(check['check_name']) ?? '',
    target: (text(check['file_path']) ?? text(check['repo_file_path']) ?? '').replace(/^\/+/, ''),
    suppressed: false,
    ...given<Finding>({ line: wholeNumber(list(check['file_line_range'])[0]) }),
  };
}

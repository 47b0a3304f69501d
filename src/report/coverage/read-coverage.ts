import { headOf, type Report, reportInvalid } from '../report.ts';
import { readClover } from './clover.ts';
import { readCobertura } from './cobertura.ts';
import { type Coverage, totals } from './coverage.ts';
import { readGoProfile } from './go-profile.ts';
import { readJacoco } from './jacoco.ts';
import { readLcov } from './lcov.ts';

export const coverageFormats = ['go', 'lcov', 'cobertura', 'jacoco', 'clover'] as const;
export type CoverageFormat = (typeof coverageFormats)[number];

const readers: Readonly<Record<CoverageFormat, (report: Report) => Promise<Coverage>>> = {
  go: readGoProfile,
  lcov: readLcov,
  cobertura: readCobertura,
  jacoco: readJacoco,
  clover: readClover,
};

/**
 * Reads a coverage report; its format is told by how it begins.
 * @throws REPORT_INVALID for one that is empty, cut off, of no known format, or that counts nothing at all
 */
export async function readCoverage(report: Report, format?: CoverageFormat): Promise<Coverage> {
  const coverage = await readers[format ?? formatOf(report, await headOf(report))](report);
  if (totals(coverage).total === 0)
    throw reportInvalid(report, `expected ${coverage.unit} that could be reached, found none`);
  return coverage;
}

function formatOf(report: Report, head: string): CoverageFormat {
  if (/^mode: (?:set|count|atomic)\r?\n/.test(head)) return 'go';
  if (/^(?:TN:|SF:)/.test(head)) return 'lcov';
  const root = /<(report|coverage)\b([^>]*)/.exec(head);
  if (root?.[1] === 'report') return 'jacoco';
  if (root?.[1] === 'coverage') return /\bclover=|\bgenerated=/.test(root[2] ?? '') ? 'clover' : 'cobertura';
  throw reportInvalid(
    report,
    `expected a coverage report (${coverageFormats.join(', ')}), found one that begins with "${head.slice(0, 40).split('\n')[0]}"`,
  );
}

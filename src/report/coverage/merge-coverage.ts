import { TrunklineError } from '../../errors.ts';
import { type Coverage, CoverageCount } from './coverage.ts';

/**
 * What all of the reports together reached: of the packages of a monorepo, or of unit and integration tests.
 * @throws REPORT_INVALID where some count lines and others statements
 */
export function mergeCoverage(reports: readonly [Coverage, ...Coverage[]]): Coverage {
  const [{ unit }] = reports;
  const count = new CoverageCount(unit);
  for (const report of reports) {
    if (report.unit !== unit)
      throw new TrunklineError(
        'REPORT_INVALID',
        `expected reports that count ${unit}, found one that counts ${report.unit}`,
        {
          hint: 'judge them apart, or let the test tools write one format',
        },
      );
    for (const [name, file] of report.files) {
      count.file(name);
      for (const [key, block] of file) count.add(name, key, block);
    }
  }
  return count.result();
}

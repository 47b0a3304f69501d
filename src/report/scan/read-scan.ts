import { headOf, type Report, reportInvalid } from '../report.ts';
import { readCheckov } from './checkov.ts';
import type { Finding, Kind, ScanFacts } from './finding.ts';
import { readGrype } from './grype.ts';
import { readOsv } from './osv.ts';
import { readSarif } from './sarif.ts';
import { readGitleaks, readTrufflehog } from './secret-reports.ts';
import { readTrivy } from './trivy.ts';

interface Format {
  /** What such a report can tell of. */
  readonly kinds: readonly Kind[];
  /** Told by how a report begins. */
  readonly begins: RegExp;
  readonly read: (report: Report, take: (finding: Finding) => void, asked: Kind) => Promise<ScanFacts>;
}

const everything: readonly Kind[] = ['vulnerability', 'secret', 'misconfiguration'];

const formats = {
  trivy: { kinds: everything, begins: /"SchemaVersion"\s*:/, read: readTrivy },
  sarif: { kinds: everything, begins: /"runs"\s*:|sarif/i, read: readSarif },
  grype: { kinds: ['vulnerability'], begins: /"matches"\s*:/, read: readGrype },
  trufflehog: { kinds: ['secret'], begins: /^\s*\{\s*"SourceMetadata"/, read: readTrufflehog },
  gitleaks: { kinds: ['secret'], begins: /^\s*\[\s*(?:\]\s*$|[^[]*"RuleID"\s*:)/, read: readGitleaks },
  checkov: { kinds: ['misconfiguration'], begins: /"check_type"\s*:|^\s*\{\s*"passed"\s*:/, read: readCheckov },
  osv: { kinds: ['vulnerability'], begins: /"results"\s*:/, read: readOsv },
} as const satisfies Readonly<Record<string, Format>>;

export type ScanFormat = keyof typeof formats;
export const scanFormats = Object.keys(formats) as readonly ScanFormat[];

/**
 * Reads a scanner's report piece by piece, of whatever size, and hands on what it found, of every kind.
 * @throws REPORT_INVALID for one that is empty, cut off, of no known format, or that cannot tell of the kind asked for
 */
export async function readScan(
  report: Report,
  asked: Kind,
  take: (finding: Finding) => void,
  format?: ScanFormat,
): Promise<ScanFacts> {
  const head = await headOf(report);
  const name = format ?? scanFormats.find((one) => formats[one].begins.test(head));
  if (name === undefined)
    throw reportInvalid(
      report,
      `expected a report of a scanner (${scanFormats.join(', ')}), found one that begins with "${head.slice(0, 40).split('\n')[0]}"`,
    );
  const { kinds, read }: Format = formats[name];
  if (!kinds.includes(asked))
    throw reportInvalid(
      report,
      `expected a report that can tell of a ${asked}, found one of ${name}, which tells of ${kinds.join(', ')} only`,
    );
  return read(report, take, asked);
}

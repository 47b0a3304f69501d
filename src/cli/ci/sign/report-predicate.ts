import { TrunklineError } from '../../../errors.ts';
import type { Ports } from '../../../ports.ts';
import type { Report } from '../../../report/report.ts';
import { readScan } from '../../../report/scan/read-scan.ts';
import { readJunit } from '../../../report/tests/read-junit.ts';
import type { IdentityToken } from '../../../sigstore/identity-token.ts';
import { testResult } from '../../../sigstore/predicates/test-result.ts';
import { vulnerabilities } from '../../../sigstore/predicates/vulnerabilities.ts';
import type { PredicateName } from '../../../sigstore/statement.ts';
import { reportFiles } from '../gate/report-files.ts';
import type { ImageByDigest } from './signed-image.ts';

/** A scan's report is signed whole; a larger one says more than a verifier can read. */
const largest = 32 * 1024 * 1024;

/**
 * What a tool's own report says, as a statement: JUnit's XML for test results, a scanner's JSON for vulnerabilities.
 * @throws REPORT_INVALID, INPUT_INVALID for another type, and for the scan of another image
 */
export async function predicateOfReport(
  ports: Ports,
  type: PredicateName,
  file: string,
  token: IdentityToken,
  image: ImageByDigest,
): Promise<unknown> {
  const [report] = reportFiles([file], ports);
  if (report === undefined || (type !== 'test-result' && type !== 'vulnerabilities'))
    throw new TrunklineError('INPUT_INVALID', `expected --report with test-result or vulnerabilities, found ${type}`, {
      hint: 'an SBOM is a statement already: --predicate sbom.json',
    });
  if (type === 'test-result') return testResult(await readJunit(report), token, ports.env);
  const { tool, digests, scannedAt } = await readScan(report, 'vulnerability', () => undefined);
  if (digests.length > 0 && !digests.includes(image.digest))
    throw new TrunklineError(
      'INPUT_INVALID',
      `expected a scan of ${image.digest}, found one of ${digests.join(', ')}`,
      {
        location: { file },
        hint: 'scan the image by its digest',
      },
    );
  const at = scannedAt ?? new Date(ports.clock.now()).toISOString();
  return vulnerabilities({ tool, scannedAt: at, result: await parsed(report) }, token, ports.env);
}

async function parsed(report: Report): Promise<unknown> {
  let text = '';
  for await (const part of report.open()) {
    text += part;
    if (text.length > largest)
      throw new TrunklineError(
        'REPORT_INVALID',
        `expected a report of at most ${largest} characters to sign, found more`,
        {
          location: { file: report.file },
        },
      );
  }
  return JSON.parse(text) as unknown;
}

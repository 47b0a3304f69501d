import { readXml } from '../read-xml.ts';
import { type Report, reportInvalid } from '../report.ts';

/** Names of tests by how they ended; what was skipped proves nothing and is left out. */
export interface TestReport {
  readonly passed: readonly string[];
  readonly failed: readonly string[];
  readonly skipped: number;
}

/** More names are counted, not listed: a statement is read by every verifier. */
const mostNames = 5000;

/**
 * JUnit's XML, as nearly every test tool writes it.
 * @throws REPORT_INVALID also where no test ran: nothing is proven by that
 */
export async function readJunit(report: Report): Promise<TestReport & { readonly total: number }> {
  const passed: string[] = [];
  const failed: string[] = [];
  let skipped = 0;
  let total = 0;
  let test: { name: string; ended: 'passed' | 'failed' | 'skipped' } | undefined;
  await readXml(report, {
    open: ({ name, attributes }) => {
      if (name === 'testcase') {
        const { classname = '', name: own = '' } = attributes;
        test = { name: [classname, own].filter((part) => part !== '').join(' › '), ended: 'passed' };
      } else if (test !== undefined && (name === 'failure' || name === 'error')) test.ended = 'failed';
      else if (test !== undefined && name === 'skipped' && test.ended === 'passed') test.ended = 'skipped';
    },
    close: (name) => {
      if (name !== 'testcase' || test === undefined) return;
      total += 1;
      if (test.ended === 'skipped') skipped += 1;
      else if (test.ended === 'failed') failed.push(test.name);
      else if (passed.length < mostNames) passed.push(test.name);
      test = undefined;
    },
  });
  if (total - skipped === 0)
    throw reportInvalid(
      report,
      `expected tests that ran in JUnit's XML, found ${total === 0 ? 'none' : 'skipped ones only'}`,
    );
  return { passed, failed: failed.slice(0, mostNames), skipped, total };
}

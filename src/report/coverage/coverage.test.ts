import { expect, test } from 'vitest';
import { reportOf } from '../testing/report-of.ts';
import { missedLines, totals } from './coverage.ts';
import { judgeCoverage, parseShare } from './judge-coverage.ts';
import { mergeCoverage } from './merge-coverage.ts';
import { readCoverage } from './read-coverage.ts';

const go = `mode: atomic
example.com/shop/a.go:3.10,5.2 2 1
example.com/shop/a.go:7.10,9.2 3 0
example.com/shop/b.go:1.1,2.2 5 0
example.com/shop/b.go:1.1,2.2 5 4
`;
const lcov = `TN:unit
SF:src/a.js
FN:1,main
DA:1,1
DA:2,0
DA:3,-4
LF:3
end_of_record
SF:src/b.js
DA:1,0
DA:2,0
DA:9,0
end_of_record
`;
const cobertura = `<?xml version="1.0"?>
<!DOCTYPE coverage SYSTEM "http://cobertura.sourceforge.net/xml/coverage-04.dtd">
<coverage line-rate="0.5" version="1.9"><packages><package name="a"><classes>
  <class name="A" filename="a/a.py"><methods><method name="m"><lines><line number="1" hits="9"/></lines></method></methods>
    <lines><line number="1" hits="9"/><line number="2" hits="0"/></lines></class>
  <class name="B" filename="a/a.py"><lines><line number="2" hits="1"/><line number="3" hits="0"/></lines></class>
</classes></package></packages></coverage>`;
const jacoco = `<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE report PUBLIC "-//JACOCO//DTD Report 1.1//EN" "report.dtd">
<report name="shop"><group name="core"><package name="com/acme"><class name="com/acme/A"><counter type="LINE" missed="1" covered="1"/></class>
<sourcefile name="A.java"><line nr="3" mi="0" ci="2" mb="0" cb="0"/><line nr="4" mi="5" ci="0" mb="0" cb="0"/></sourcefile></package></group></report>`;
const clover = `<?xml version="1.0"?><coverage generated="1" clover="4.4"><project><package name="p">
<file name="A.php" path="/app/A.php"><line num="1" type="method" name="m" count="0"/><line num="2" type="stmt" count="3"/><line num="3" type="cond" count="0" truecount="0"/></file>
</package></project></coverage>`;

test.each([
  ['Go, a block of two packages’ runs once', go, 'statements', 7, 10, { 'example.com/shop/a.go': '7-9' }],
  ['lcov', lcov, 'lines', 2, 6, { 'src/a.js': '2-2', 'src/b.js': '1-2 9-9' }],
  ['lcov with CRLF', lcov.replaceAll('\n', '\r\n'), 'lines', 2, 6, { 'src/a.js': '2-2', 'src/b.js': '1-2 9-9' }],
  ['Cobertura, a line of two classes once', cobertura, 'lines', 2, 3, { 'a/a.py': '3-3' }],
  ['JaCoCo', jacoco, 'lines', 1, 2, { 'com/acme/A.java': '4-4' }],
  ['Clover', clover, 'lines', 1, 2, { '/app/A.php': '3-3' }],
] as const)('reads %s', async (_, text, unit, covered, total, missed) => {
  const coverage = await readCoverage(reportOf(text));
  expect(coverage.unit).toBe(unit);
  expect(totals(coverage)).toEqual({ covered, total });
  const found = [...coverage.files].map(([name, file]) => [
    name,
    missedLines(file)
      .map(({ from, to }) => `${from}-${to}`)
      .join(' '),
  ]);
  expect(Object.fromEntries(found.filter(([, lines]) => lines !== ''))).toEqual(missed);
});

test.each([
  ['nothing', '', 'found an empty file'],
  ['blanks', ' \n', 'found an empty file'],
  ['another format', 'PK\u0003', 'expected a coverage report'],
  ['no statements', 'mode: set\n', 'found none'],
  ['no lines', '<coverage><packages/></coverage>', 'found none'],
  ['Go that is cut off', go.slice(0, -4), 'cut off'],
  ['Go that is garbled', go.replace('2 1', 'two 1'), 'expected a block'],
  ['lcov that is cut off', lcov.slice(0, -20), 'cut off'],
  ['lcov without a file', 'TN:\nDA:1,1\n', 'expected "DA:line,hits" of a file'],
  ['XML that is cut off', cobertura.slice(0, -30), 'cut off'],
  ['XML that is none', cobertura.replace('</class>', '</klass>'), 'expected XML'],
  ['a line without hits', cobertura.replaceAll('hits="9"', ''), 'expected a number as "hits"'],
  ['hits that are no number', jacoco.replace('ci="2"', 'ci="many"'), 'found "many"'],
])('refuses %s', async (_, text, message) => {
  await expect(readCoverage(reportOf(text))).rejects.toMatchObject({
    code: 'REPORT_INVALID',
    message: expect.stringContaining(message),
    location: { file: 'report' },
  });
});

test('files of one name in two modules of an aggregate are two files', async () => {
  const file = (hits: number): string =>
    `<package name="p"><sourcefile name="Main.java"><line nr="1" mi="0" ci="${hits}"/></sourcefile></package>`;
  const text = `<report name="all"><group name="a">${file(0)}</group><group name="b">${file(1)}</group></report>`;
  const found = await readCoverage(reportOf(text));
  expect([...found.files.keys()]).toEqual(['p/Main.java', 'b/p/Main.java']);
  expect(totals(found)).toEqual({ covered: 1, total: 2 });
});

test('OpenClover counts a condition by how often it held, and how often not', async () => {
  const line = (held: number, not: number): string =>
    `<line num="${held + not + 1}" type="cond" truecount="${held}" falsecount="${not}"/>`;
  const text = `<coverage clover="4"><project><file path="a.java">${line(0, 0)}${line(0, 2)}${line(1, 0)}</file></project></coverage>`;
  expect(totals(await readCoverage(reportOf(text)))).toEqual({ covered: 2, total: 3 });
});

test.each([
  [79_999, 100_000, '80', false, '79.9', 1],
  [80_000, 100_000, '80', true, '80.0', 0],
  [799, 1000, '79.9', true, '79.9', 0],
  [7994, 10_000, '79.95', false, '79.9', 1],
  [1, 3, '33.333333', true, '33.3', 0],
  [1, 3, '33.333334', false, '33.3', 1],
  [0, 5, '0', true, '0.0', 0],
  [5, 5, '100', true, '100.0', 0],
])('%i of %i for %s', async (covered, total, minimum, ok, percent, short) => {
  const lines = (count: number, hits: number, from: number): string =>
    Array.from({ length: count }, (_, index) => `DA:${from + index},${hits}\n`).join('');
  const text = `SF:a\n${lines(covered, 1, 1)}${lines(total - covered, 0, covered + 1)}end_of_record\n`;
  const share = parseShare(minimum);
  const verdict = share && judgeCoverage(await readCoverage(reportOf(text, 65_536)), share);
  expect(verdict).toMatchObject({ ok, percent, short, minimum });
});

test('a minimum is a percentage', () => {
  expect(['80', '0', '100', '79.95'].map((text) => parseShare(text) !== undefined)).toEqual([true, true, true, true]);
  expect(['', '-1', '101', '100.1', '8e1', '80%', ' 80'].map(parseShare)).toEqual(Array.from({ length: 7 }));
});

test('what unit and integration tests reached adds up, and lines are not added to statements', async () => {
  const [one, other] = [
    await readCoverage(reportOf(lcov)),
    await readCoverage(reportOf(lcov.replace('DA:2,0', 'DA:2,3'))),
  ];
  expect(totals(mergeCoverage([one, other]))).toEqual({ covered: 3, total: 6 });
  const statements = await readCoverage(reportOf(go));
  expect(() => mergeCoverage([one, statements])).toThrow(/expected reports that count lines/);
});

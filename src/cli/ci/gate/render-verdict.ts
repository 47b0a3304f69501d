import { type Finding, type Kind, plainText, severities } from '../../../report/scan/finding.ts';
import type { Aside, ScanVerdict } from '../../../report/scan/judge-scan.ts';
import type { Style } from '../../print/style.ts';
import { table } from '../../print/table.ts';

const words: Readonly<Record<Kind, readonly [string, string]>> = {
  vulnerability: ['vulnerability', 'vulnerabilities'],
  secret: ['secret', 'secrets'],
  misconfiguration: ['misconfiguration', 'misconfigurations'],
};

const asides: Readonly<Record<Aside, string>> = {
  below: 'too weak to stop',
  unknown: 'of unknown severity',
  unfixed: 'that nobody can mend yet',
  waived: 'waived',
  suppressed: 'set aside by the tool',
  unverified: 'that do not work',
};

const gates: Readonly<Record<Kind, string>> = { vulnerability: 'scan', secret: 'secrets', misconfiguration: 'iac' };
const shown = 50;

/** One line: what stops, and what does not and why. */
export function summarise(verdict: ScanVerdict, kind: Kind): string {
  const count = (number: number): string => `${number} ${words[kind][number === 1 ? 0 : 1]}`;
  const aside = Object.entries(verdict.aside)
    .filter(([, number]) => number > 0)
    .map(([why, number]) => `${number} ${asides[why as Aside]}`);
  const stops =
    verdict.blockingCount === 0
      ? 'nothing that stops'
      : `${count(verdict.blockingCount)} that stop${verdict.blockingCount === 1 ? 's' : ''}`;
  return [stops, ...verdict.refusals, ...aside].map((part) => plainText(part)).join('; ');
}

export function renderVerdict(verdict: ScanVerdict, kind: Kind, style: Style): string {
  const { blocking, blockingCount, expired, unused, others } = verdict;
  const mark = verdict.ok ? style('green', 'passed') : style('red', 'refused');
  const more = blockingCount > shown ? [`… and ${blockingCount - shown} more`] : [];
  return [
    `${mark}  ${summarise(verdict, kind)}`,
    ...(blocking.length === 0 ? [] : ['', rows(blocking.slice(0, shown), style), ...more]),
    ...expired.map(
      (one) => `the waiver of ${one.id} by ${one.owner} ran out on ${one.expires}: ${plainText(one.reason)}`,
    ),
    ...unused.map((one) => `the waiver of ${one.id} by ${one.owner} covers nothing any more`),
    ...Object.entries(others).map(
      ([other, number]) =>
        `${number} ${words[other as Kind][number === 1 ? 0 : 1]} in the same report: trunkline ci gate ${gates[other as Kind]} judges them`,
    ),
  ].join('\n');
}

function rows(findings: readonly Finding[], style: Style): string {
  const colour = (one: Finding): string =>
    style(severities.indexOf(one.severity) >= severities.indexOf('high') ? 'red' : 'yellow', one.severity);
  const place = (one: Finding): string =>
    plainText(one.line === undefined ? one.target : `${one.target}:${one.line}`, 60);
  const mend = (one: Finding): string =>
    one.fixed === undefined
      ? ''
      : one.fixed.length === 0
        ? 'no fix yet'
        : `fixed in ${plainText(one.fixed.join(', '), 40)}`;
  return table([
    ['severity', 'id', 'where', 'package', 'mend', 'what'],
    ...findings.map((one) => [
      colour(one),
      plainText(one.id, 40),
      place(one),
      plainText([one.package, one.installed].filter((part) => part !== undefined).join(' '), 40),
      mend(one),
      plainText(one.title, 80),
    ]),
  ]);
}

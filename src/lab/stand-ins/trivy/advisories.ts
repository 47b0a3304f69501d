/** A published vulnerability of an npm package, as far as the stand-in needs it. */
export interface Advisory {
  readonly id: string;
  readonly package: string;
  /** Versions that have it, as npm writes ranges. */
  readonly affected: string;
  readonly fixed: string;
  readonly severity: 'LOW' | 'MEDIUM' | 'HIGH' | 'CRITICAL';
  readonly title: string;
}

/** A handful of well-known ones, so that a gate has something to find; no database of vulnerabilities. */
export const advisories: readonly Advisory[] = [
  {
    id: 'CVE-2021-23337',
    package: 'lodash',
    affected: '<4.17.21',
    fixed: '4.17.21',
    severity: 'HIGH',
    title: 'lodash: command injection via template',
  },
  {
    id: 'CVE-2021-44906',
    package: 'minimist',
    affected: '<1.2.6',
    fixed: '1.2.6',
    severity: 'CRITICAL',
    title: 'minimist: prototype pollution',
  },
  {
    id: 'CVE-2022-25883',
    package: 'semver',
    affected: '>=7.0.0 <7.5.2',
    fixed: '7.5.2',
    severity: 'HIGH',
    title: 'semver: regular expression denial of service',
  },
];

import { expect, test } from 'vitest';
import { reportOf } from '../testing/report-of.ts';
import { type Finding, type Kind, plainText } from './finding.ts';
import { ScanJudge, type ScanPolicy } from './judge-scan.ts';
import { readScan, type ScanFormat } from './read-scan.ts';

const digest = `sha256:${'a'.repeat(64)}`;
const secretText = 'hunter2-hunter2';
const trivy = {
  SchemaVersion: 2,
  CreatedAt: '2026-11-20T10:00:00.123456789Z',
  ArtifactName: 'ghcr.io/acme/api',
  Metadata: { RepoDigests: [`ghcr.io/acme/api@${digest}`], ImageConfig: { history: [{ created_by: 'x' }] } },
  Results: [
    { Target: 'debian 12', Class: 'os-pkgs' },
    {
      Target: 'package-lock.json',
      Vulnerabilities: [
        {
          VulnerabilityID: 'CVE-1',
          PkgName: 'qs',
          InstalledVersion: '1.0',
          FixedVersion: '1.1, 2.0',
          Severity: 'HIGH',
          Title: 'bad',
        },
        { VulnerabilityID: 'CVE-2', PkgName: 'tar', InstalledVersion: '3', Severity: 'CRITICAL' },
      ],
      Secrets: [{ RuleID: 'aws-key', Severity: 'CRITICAL', Title: 'AWS key', StartLine: 4, Match: secretText }],
      Misconfigurations: [
        {
          ID: 'DS002',
          AVDID: 'AVD-DS-0002',
          Severity: 'HIGH',
          Title: 'root user',
          Status: 'FAIL',
          CauseMetadata: { StartLine: 7 },
        },
        { ID: 'DS001', Severity: 'HIGH', Status: 'PASS' },
      ],
    },
  ],
};
const grype = {
  matches: [
    {
      vulnerability: { id: 'GHSA-1', severity: 'High', fix: { versions: ['2.0'], state: 'fixed' } },
      relatedVulnerabilities: [{ id: 'CVE-1' }],
      artifact: { name: 'qs', version: '1.0', locations: [{ path: '/app/package-lock.json' }] },
    },
    { vulnerability: { id: 'CVE-3', severity: 'Negligible', fix: { state: 'unknown', versions: [] } }, artifact: {} },
  ],
  ignoredMatches: [{ vulnerability: { id: 'CVE-4', severity: 'Critical', fix: { versions: [], state: 'not-fixed' } } }],
  source: { target: { repoDigests: [`x@${digest}`], manifestDigest: digest } },
  descriptor: { name: 'grype', timestamp: '2026-11-20T10:00:00Z' },
};
const osv = {
  results: [
    {
      source: { path: '/src/go.mod', type: 'lockfile' },
      packages: [
        {
          package: { name: 'net', version: '0.1', ecosystem: 'Go' },
          vulnerabilities: [
            {
              id: 'GO-1',
              aliases: ['CVE-1'],
              summary: 'slow',
              affected: [
                { package: { name: 'net' }, ranges: [{ events: [{ introduced: '0' }, { fixed: '0.2' }] }] },
                { package: { name: 'other' }, ranges: [{ events: [{ fixed: '9' }] }] },
              ],
            },
            { id: 'GHSA-1', database_specific: { severity: 'MODERATE' } },
            { id: 'GO-2' },
          ],
          groups: [
            { ids: ['GO-1'], max_severity: '7.5' },
            { ids: ['GHSA-1'], max_severity: '' },
          ],
        },
      ],
    },
  ],
};
const sarif = {
  version: '2.1.0',
  runs: [
    {
      // Results before the rules that say how severe they are.
      results: [
        {
          ruleId: 'CVE-1',
          ruleIndex: 0,
          message: { text: 'Package: qs\nInstalled Version: 1.0\nSeverity: HIGH\nFixed Version: 1.1' },
          locations: [
            { physicalLocation: { artifactLocation: { uri: 'package-lock.json' }, region: { startLine: 3 } } },
          ],
        },
        { ruleId: 'CVE-2', message: { text: 'Package: tar\nInstalled Version: 3\nFixed Version: ' } },
        { ruleId: 'CVE-1', suppressions: [{ kind: 'external' }], message: { text: 'x' } },
        { ruleId: 'CVE-1', suppressions: [{ kind: 'external', status: 'rejected' }], message: { text: 'y' } },
        { ruleId: 'fine', kind: 'pass', message: { text: '' } },
        { ruleId: 'odd', message: { text: 'no rule' } },
      ],
      tool: {
        driver: {
          name: 'Trivy',
          rules: [
            {
              id: 'CVE-1',
              shortDescription: { text: 'bad' },
              properties: { 'security-severity': '8.1', tags: ['vulnerability'] },
            },
            { id: 'CVE-2', defaultConfiguration: { level: 'error' } },
          ],
        },
      },
    },
  ],
};
const gitleaks = [
  { RuleID: 'aws', Description: 'AWS', File: 'a.env', StartLine: 2, Secret: secretText, Match: secretText },
];
const trufflehog = `${JSON.stringify({ SourceMetadata: { Data: { Git: { file: 'a.env', line: 2 } } }, DetectorName: 'AWS', Verified: true, Raw: secretText })}\n${JSON.stringify({ SourceMetadata: { Data: { Filesystem: { file: 'b.env' } } }, DetectorName: 'Slack', Verified: false })}\n`;
const checkov = [
  {
    check_type: 'kubernetes',
    results: {
      passed_checks: [{ check_id: 'no' }],
      failed_checks: [
        { check_id: 'CKV_1', check_name: 'probe', severity: null, file_path: '/k8s/a.yaml', file_line_range: [3, 9] },
      ],
    },
  },
];

async function findings(text: unknown, kind: Kind, format?: ScanFormat): Promise<{ found: Finding[]; facts: object }> {
  const found: Finding[] = [];
  const report = reportOf(typeof text === 'string' ? text : JSON.stringify(text), 11);
  const facts = await readScan(report, kind, (one) => found.push(one), format);
  return { found, facts };
}

const line = (one: Finding): string =>
  [
    one.kind,
    one.id,
    ...one.aliases,
    one.severity,
    one.target,
    one.line,
    one.package,
    one.installed,
    one.fixed?.join('|') ?? '?',
    one.suppressed && 'suppressed',
    one.verified,
  ]
    .filter((part) => part !== undefined && part !== false)
    .join(' ');

test.each<[string, unknown, Kind, object, string[]]>([
  [
    'Trivy',
    trivy,
    'vulnerability',
    { tool: 'Trivy', digests: [digest], scannedAt: '2026-11-20T10:00:00.123456789Z' },
    [
      'vulnerability CVE-1 high package-lock.json qs 1.0 1.1|2.0',
      'vulnerability CVE-2 critical package-lock.json tar 3 ',
      'secret aws-key critical package-lock.json 4 ?',
      'misconfiguration DS002 AVD-DS-0002 high package-lock.json 7 ?',
    ],
  ],
  [
    'Grype',
    grype,
    'vulnerability',
    { tool: 'Grype', digests: [digest], scannedAt: '2026-11-20T10:00:00Z' },
    [
      'vulnerability GHSA-1 CVE-1 high /app/package-lock.json qs 1.0 2.0',
      'vulnerability CVE-3 low  ?',
      'vulnerability CVE-4 critical   suppressed',
    ],
  ],
  [
    'OSV-Scanner',
    osv,
    'vulnerability',
    { tool: 'OSV-Scanner', digests: [] },
    [
      'vulnerability GO-1 CVE-1 high /src/go.mod net 0.1 0.2',
      'vulnerability GHSA-1 medium /src/go.mod net 0.1 ',
      'vulnerability GO-2 unknown /src/go.mod net 0.1 ',
    ],
  ],
  ['OSV-Scanner that found nothing', { results: [] }, 'vulnerability', { tool: 'OSV-Scanner', digests: [] }, []],
  [
    'SARIF',
    sarif,
    'vulnerability',
    { tool: 'Trivy', digests: [] },
    [
      'vulnerability CVE-1 high package-lock.json 3 qs 1.0 1.1',
      'vulnerability CVE-2 high  tar 3 ',
      'vulnerability CVE-1 high  ? suppressed',
      'vulnerability CVE-1 high  ?',
      'vulnerability odd medium  ?',
    ],
  ],
  ['Gitleaks', gitleaks, 'secret', { tool: 'Gitleaks', digests: [] }, ['secret aws critical a.env 2 ?']],
  ['Gitleaks that found nothing', [], 'secret', { tool: 'Gitleaks', digests: [] }, []],
  [
    'TruffleHog',
    trufflehog,
    'secret',
    { tool: 'TruffleHog', digests: [] },
    ['secret AWS critical a.env 2 ? true', 'secret Slack critical b.env ?'],
  ],
  [
    'Checkov',
    checkov,
    'misconfiguration',
    { tool: 'Checkov', digests: [] },
    ['misconfiguration CKV_1 high k8s/a.yaml 3 ?'],
  ],
  [
    'Checkov of one framework',
    checkov[0],
    'misconfiguration',
    { tool: 'Checkov', digests: [] },
    ['misconfiguration CKV_1 high k8s/a.yaml 3 ?'],
  ],
])('reads %s, and never keeps a secret', async (_, text, kind, facts, lines) => {
  const read = await findings(text, kind);
  expect(read.facts).toEqual(facts);
  expect(read.found.map(line)).toEqual(lines);
  expect(JSON.stringify(read.found)).not.toContain(secretText);
});

/** SARIF of the tools A, B and so on, each with what else is said of its run. */
function sarifRun(...runs: readonly string[]): string {
  const all = runs.map((more, index) => `{"tool":{"driver":{"name":"${'AB'[index]}"}},${more}}`);
  return `{"version":"2.1.0","runs":[${all.join(',')}]}`;
}

test.each<[string, string, Kind, string]>([
  ['nothing', '', 'vulnerability', 'found an empty file'],
  ['what is cut off', JSON.stringify(trivy).slice(0, -3), 'vulnerability', 'cut off'],
  ['a line that is cut off', trufflehog.slice(0, -9), 'secret', 'cut off'],
  ['what is no JSON', '{"SchemaVersion": 2, oops', 'vulnerability', 'expected JSON'],
  ['two texts in one', `${JSON.stringify(trivy)}${JSON.stringify(trivy)}`, 'vulnerability', 'expected JSON'],
  ['another version', JSON.stringify({ ...trivy, SchemaVersion: 1 }), 'vulnerability', 'found 1'],
  ['no known format', '{"hello": 1}', 'vulnerability', 'expected a report of a scanner'],
  ['a report that cannot tell', JSON.stringify(grype), 'secret', 'tells of vulnerability only'],
  ['Trivy that names nothing', '{"SchemaVersion":2}', 'vulnerability', 'found neither'],
  ['results that are no list', '{"SchemaVersion":2,"Results":"none"}', 'vulnerability', 'found other'],
  ['matches that are no list', '{"matches":{}}', 'vulnerability', 'found object'],
  [
    'SARIF of a tool that failed',
    sarifRun('"invocations":[{"executionSuccessful":false}],"results":[]'),
    'vulnerability',
    'it failed',
  ],
  ['SARIF of a tool that did not look', sarifRun('"language":"en"'), 'vulnerability', 'found no list'],
  [
    'SARIF of two tools, one of which did not look',
    sarifRun('"results":[]', '"results":null'),
    'secret',
    'of B, an empty',
  ],
  ['SARIF without a tool', '{"version": "2.1.0", "runs": []}', 'vulnerability', 'found no run'],
  ['a severity of no tool', JSON.stringify(trivy).replace('"HIGH"', '"SCARY"'), 'vulnerability', 'found "SCARY"'],
  ['no severity at all', JSON.stringify(grype).replace('"severity":"High",', ''), 'vulnerability', 'found none'],
])('refuses %s', async (_, text, kind, message) => {
  await expect(findings(text, kind)).rejects.toMatchObject({
    code: 'REPORT_INVALID',
    message: expect.stringContaining(message),
  });
});

const policy: ScanPolicy = {
  kind: 'vulnerability',
  fail: 'high',
  unknown: 'fail',
  unfixed: 'ignore',
  verifiedOnly: false,
  waivers: [],
  now: Date.parse('2026-11-25T12:00:00Z'),
};
const one: Finding = {
  kind: 'vulnerability',
  id: 'CVE-1',
  aliases: ['GHSA-1'],
  severity: 'high',
  title: '',
  target: 't',
  package: 'p',
  suppressed: false,
  fixed: ['2'],
};
const waiver = { id: 'GHSA-1', reason: 'not reached', owner: '@sec', expires: '2026-11-25' };

test.each<[string, Partial<ScanPolicy>, Partial<Finding>, boolean, object]>([
  ['at the threshold', {}, {}, false, { blockingCount: 1 }],
  ['below it', {}, { severity: 'medium' }, true, { aside: { below: 1 } }],
  ['of an unknown severity', {}, { severity: 'unknown' }, false, { blockingCount: 1 }],
  [
    'of an unknown severity that is let through',
    { unknown: 'ignore' },
    { severity: 'unknown' },
    true,
    { aside: { unknown: 1 } },
  ],
  ['that nobody can mend', {}, { fixed: [] }, true, { aside: { unfixed: 1 } }],
  ['that nobody can mend, where that counts', { unfixed: 'fail' }, { fixed: [] }, false, {}],
  ['of which it is not known whether it can be mended', {}, { fixed: undefined as never }, false, {}],
  ['set aside by the tool', {}, { suppressed: true }, true, { aside: { suppressed: 1 } }],
  [
    'waived by another of its names, on the last day',
    { waivers: [waiver] },
    {},
    true,
    { aside: { waived: 1 }, expired: [], unused: [] },
  ],
  [
    'waived until yesterday',
    { waivers: [{ ...waiver, expires: '2026-11-24' }] },
    {},
    false,
    { expired: [{ ...waiver, expires: '2026-11-24' }] },
  ],
  [
    'waived in another package',
    { waivers: [{ ...waiver, package: 'q' }] },
    {},
    false,
    { unused: [{ ...waiver, package: 'q' }] },
  ],
  ['waived in another place', { waivers: [{ ...waiver, target: 'u' }] }, {}, false, {}],
  ['of another kind', {}, { kind: 'secret' }, true, { others: { secret: 1 } }],
  [
    'a secret that does not work',
    { kind: 'secret', verifiedOnly: true },
    { kind: 'secret', verified: false },
    true,
    { aside: { unverified: 1 } },
  ],
  ['a secret that nobody tried', { kind: 'secret', verifiedOnly: true }, { kind: 'secret' }, false, {}],
])('judges a finding %s', (_, changes, finding, ok, rest) => {
  const judge = new ScanJudge({ ...policy, ...changes });
  judge.take({ ...one, ...finding });
  expect(judge.verdict()).toMatchObject({ ok, ...rest });
});

test.each<[string, Partial<ScanPolicy>, object, RegExp | undefined]>([
  ['of the image that is asked for', { digest }, { digests: [digest] }, undefined],
  [
    'of another image',
    { digest },
    { digests: [`sha256:${'b'.repeat(64)}`] },
    /expected a scan of sha256:a+, found sha256:b+/,
  ],
  ['that names no image', { digest }, {}, /found none \(Trivy names no digest in it\)/],
  ['that is fresh', { maxAge: 3_600_000 }, { scannedAt: '2026-11-25T11:00:00Z' }, undefined],
  ['that is a second too old', { maxAge: 3_600_000 }, { scannedAt: '2026-11-25T10:59:59Z' }, /is too old/],
  ['of no known time', { maxAge: 3_600_000 }, {}, /expected the time of the scan, found none/],
])('judges a report %s', (_, changes, facts, refusal) => {
  const judge = new ScanJudge({ ...policy, ...changes });
  judge.about('report', { tool: 'Trivy', digests: [], ...facts });
  const { ok, refusals } = judge.verdict();
  expect(ok).toBe(refusal === undefined);
  expect(refusals.join('\n')).toMatch(refusal ?? /^$/);
});

test('a report’s text gives neither a terminal nor the runner a command', () => {
  expect(plainText('a\u001b[31mred\r\n::set-output name=x::y ##[error]z')).toBe(
    'a [31mred : :set-output name=x: :y ## [error]z',
  );
  expect(plainText('x'.repeat(400))).toHaveLength(300);
});

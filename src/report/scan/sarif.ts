import { readJson } from '../read-json.ts';
import { type Report, reportInvalid } from '../report.ts';
import { type Fields, fields, given, list, text, wholeNumber } from './fields.ts';
import { type Finding, type Kind, kinds, type ScanFacts, type Severity, severityOfScore } from './finding.ts';

interface Rule {
  readonly id: string;
  readonly severity?: Severity;
  readonly level?: string;
  readonly title: string;
  readonly kind?: Kind;
}

/**
 * SARIF 2.1.0 of any tool, read twice: rules, which say how severe a result is, may stand behind the results. A result of
 * a kind that nobody names is of the kind that is asked for.
 */
export async function readSarif(report: Report, take: (finding: Finding) => void, asked: Kind): Promise<ScanFacts> {
  const rules = new Map<string, Rule>();
  const tools = new Map<string | number, string>();
  const broken = new Set<string | number>();
  let version: unknown;
  const first = [
    '$.version',
    '$.runs.*.tool.driver.name',
    '$.runs.*.tool.driver.rules.*',
    '$.runs.*.tool.extensions.*.rules.*',
    '$.runs.*.invocations.*.executionSuccessful',
  ];
  const shapes = await readJson(report, { paths: first, depth: 3 }, ({ path, value }) => {
    const [outer, run = 0, section, part = '', ...rest] = path;
    if (outer === 'version') version = value;
    else if (section === 'invocations') {
      if (value === false) broken.add(run);
    } else if (rest[0] === 'name') tools.set(run, text(value) ?? '');
    else {
      const rule = readRule(fields(value));
      const index = rest.at(-1) ?? 0;
      rules.set(`${run} ${part === 'extensions' ? rest[0] : ''} #${index}`, rule);
      rules.set(`${run} ${rule.id}`, rule);
    }
  });
  if (!/^2\.1\./.test(String(version)) || shapes.get('runs') !== 'array')
    throw reportInvalid(report, `expected SARIF 2.1.0 with "runs", found version ${version ?? 'none'}`);
  for (const [run, tool] of tools) {
    // §3.20.14: it says by itself that it did not get to its end.
    if (broken.has(run)) throw reportInvalid(report, `expected ${tool} to have run to its end, found that it failed`);
    // §3.14.23: a tool that found nothing writes an empty list; one without a list did not look.
    if (shapes.get(`runs.${run}.results`) !== 'array')
      throw reportInvalid(report, `expected results of ${tool}, an empty list where it found none, found no list`);
  }
  await readJson(report, { paths: ['$.runs.*.results.*'] }, ({ path, value }) => {
    const run = path[1] ?? 0;
    const finding = readResult(fields(value), (key) => rules.get(`${run} ${key}`), tools.get(run) ?? '', asked);
    if (finding !== undefined) take(finding);
  });
  if (tools.size === 0) throw reportInvalid(report, 'expected a tool that ran, found no run that names one');
  return { tool: [...new Set(tools.values())].join(', '), digests: [] };
}

function readRule(rule: Fields): Rule {
  const properties = fields(rule['properties']);
  const score = properties['security-severity'];
  const number = typeof score === 'number' ? score : typeof score === 'string' ? Number(score) : Number.NaN;
  const tags = list(properties['tags']);
  return {
    id: text(rule['id']) ?? '',
    title: text(fields(rule['shortDescription'])['text']) ?? text(rule['name']) ?? '',
    ...given<Rule>({
      severity: Number.isNaN(number) ? undefined : severityOfScore(number),
      level: text(fields(rule['defaultConfiguration'])['level']),
      kind: kinds.find((kind) => tags.includes(kind)),
    }),
  };
}

function readResult(
  result: Fields,
  find: (key: string) => Rule | undefined,
  tool: string,
  asked: Kind,
): Finding | undefined {
  // §3.27.9 and §3.27.24: what passed, does not apply or is gone is no finding.
  if (result['kind'] !== undefined && result['kind'] !== 'fail') return undefined;
  if (result['baselineState'] === 'absent') return undefined;
  const named = fields(result['rule']);
  const id = text(result['ruleId']) ?? text(named['id']) ?? '';
  const index = result['ruleIndex'] ?? named['index'];
  const component = fields(named['toolComponent'])['index'];
  const extension = typeof component === 'number' && component >= 0 ? component : '';
  // §3.52.4: an id may say more than its rule's, after a slash.
  const rule =
    (typeof index === 'number' && index >= 0 ? find(`${extension} #${index}`) : undefined) ??
    find(id) ??
    find(id.slice(0, Math.max(0, id.lastIndexOf('/'))));
  const place = fields(fields(list(result['locations'])[0])['physicalLocation']);
  const message = text(fields(result['message'])['text']) ?? '';
  const suppressions = list(result['suppressions']).map(fields);
  return {
    kind: rule?.kind ?? asked,
    id: id === '' ? (rule?.id ?? 'unnamed') : id,
    aliases: [],
    severity: rule?.severity ?? severityOfLevel(text(result['level']) ?? rule?.level ?? 'warning'),
    title: rule?.title === undefined || rule.title === '' ? message : rule.title,
    target: text(fields(place['artifactLocation'])['uri']) ?? '',
    // §3.35: a suppression counts unless it is under review or was rejected.
    suppressed: suppressions.some(({ status }) => status === undefined || status === 'accepted'),
    ...given<Finding>({ line: wholeNumber(fields(place['region'])['startLine']) }),
    ...trivyPackage(tool, message),
  };
}

/** §3.27.10: `error`, `warning`, `note` or `none`; without a score the tool says no more. */
function severityOfLevel(level: string): Severity {
  return level === 'error' ? 'high' : level === 'warning' ? 'medium' : level === 'note' ? 'low' : 'unknown';
}

/** Trivy writes package and versions into the message, a line each. */
function trivyPackage(tool: string, message: string): Partial<Finding> {
  if (tool !== 'Trivy') return {};
  const line = (name: string): string | undefined => new RegExp(`^${name}: (.*)$`, 'm').exec(message)?.[1]?.trim();
  const fixed = line('Fixed Version');
  return given<Finding>({
    package: text(line('Package')),
    installed: text(line('Installed Version')),
    fixed: fixed?.split(/,\s*/).filter((version) => version !== ''),
  });
}

import type { Difference } from '../../settings/difference.ts';
import type { Surveyed } from '../../state/settings/survey.ts';
import type { Cell, Report, Section } from '../print/report.ts';

/** The shape of `settings plan --json`, a repository. */
export function surveyJson({ repository, plan, problems, notes }: Surveyed) {
  return {
    repository,
    counts: countsOf(plan?.differences ?? []),
    problems,
    differences: plan?.differences ?? [],
    waiting: plan?.waiting ?? [],
    steps: plan?.steps ?? [],
    notes,
  };
}

export function countsOf(differences: readonly Difference[]) {
  const count = (state: Difference['state']): number => differences.filter((one) => one.state === state).length;
  return {
    equal: count('equal'),
    differs: count('differs'),
    unknown: count('unknown'),
    loosens: differences.filter((one) => one.loosens).length,
  };
}

/** For people: what differs, what is unknown and what waits, a table for each repository. */
export function settingsReport(surveyed: readonly Surveyed[], all: boolean): Report {
  const total = countsOf(surveyed.flatMap((one) => one.plan?.differences ?? []));
  const problems = surveyed.reduce((sum, one) => sum + one.problems.length, 0);
  const said = [
    `${total.differs} differ`,
    `${total.unknown} unknown`,
    `${total.equal} as wanted`,
    ...(problems === 0 ? [] : [`${problems} to be mended first`]),
  ];
  return {
    title: `${surveyed.length === 1 ? surveyed[0]?.repository : `${surveyed.length} repositories`}: ${said.join(', ')}`,
    sections: surveyed.map((one) => section(one, all)),
    notes: [...new Set(surveyed.flatMap((one) => one.notes))],
  };
}

function section({ repository, plan, problems }: Surveyed, all: boolean): Section {
  const differences = (plan?.differences ?? []).filter((one) => all || one.state !== 'equal');
  const waiting = plan?.waiting ?? [];
  return {
    title: repository,
    head: ['', 'of', 'setting', 'found → wanted'],
    empty: 'all is as wanted',
    rows: [
      ...problems.map((one): readonly Cell[] => [
        { text: '✗', tone: 'bad' },
        'trunkline.yaml',
        '',
        `${one.message.replace(`${repository}: `, '')}${one.hint === undefined ? '' : ` → ${one.hint}`}`,
      ]),
      ...differences.map(row),
      ...waiting.map(({ ruleset, checks }): readonly Cell[] => [
        { text: '…', tone: 'warn' },
        ruleset,
        'required_status_checks',
        `${checks.map((one) => `"${one}"`).join(', ')}: no pull request has got it yet; required once one has`,
      ]),
    ],
  };
}

function row(one: Difference): readonly Cell[] {
  const { area, subject, field, state, wanted, found, loosens, note } = one;
  const of = area === 'environment' ? `environment ${subject}` : area === 'ruleset' ? subject : area;
  if (state === 'unknown')
    return [{ text: '?', tone: 'warn' }, of, field, `${text(wanted)} is wanted; ${note ?? 'unknown'}`];
  if (state === 'equal') return [{ text: '=', tone: 'good' }, of, field, text(found)];
  if (area === 'codeowners')
    return [
      { text: '~', tone: 'warn' },
      of,
      '.github/CODEOWNERS',
      `${found === null ? 'is not there' : 'is another'}: trunkline generate writes it, a pull request brings it`,
    ];
  const change = `${found === null ? 'none' : text(found)} → ${wanted === null ? 'none' : text(wanted)}`;
  return [
    { text: loosens ? '!' : '~', tone: loosens ? 'bad' : 'warn' },
    of,
    field,
    `${loosens ? `${change} (protects less: wants --loosen)` : change}${since(one)}`,
  ];
}

function since({ changed, note }: Difference): string {
  if (changed === undefined) return '';
  return changed === null ? `; by whom: ${note ?? 'unknown'}` : `; by ${changed.by} at ${changed.at}`;
}

/** A value in few words: what stands in lists by its name. */
function text(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map(text).join(', ');
  if (typeof value !== 'object' || value === null) return String(value);
  const fields = value as Readonly<Record<string, unknown>>;
  if (typeof fields['context'] === 'string')
    return `"${fields['context']}"${fields['integration_id'] === undefined ? ' of anybody' : ` of App ${String(fields['integration_id'])}`}`;
  if (typeof fields['actor_type'] === 'string')
    return [fields['actor_type'], fields['actor_id'], `(${String(fields['bypass_mode'])})`]
      .filter((one) => one !== null)
      .join(' ');
  if (typeof fields['name'] === 'string' && typeof fields['type'] === 'string')
    return `${fields['type']} ${fields['name']}`;
  return Object.entries(fields)
    .map(([key, one]) => `${key}: ${text(one)}`)
    .join('; ');
}

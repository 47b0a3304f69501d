/** One line of `tags`: `type=semver,pattern={{version}},priority=900`. */
export interface TagRule {
  readonly type: RuleType;
  readonly fields: Readonly<Record<string, string>>;
  readonly priority: number;
}

const priorities = {
  schedule: 1000,
  semver: 900,
  pep440: 900,
  match: 800,
  edge: 700,
  ref: 600,
  raw: 200,
  sha: 100,
} as const;
export type RuleType = keyof typeof priorities;

const usual = ['type=schedule', 'type=ref,event=branch', 'type=ref,event=tag', 'type=ref,event=pr'];

/** The rules in the order in which they count. @throws Error with the action's words */
export function readRules(lines: readonly string[]): readonly TagRule[] {
  return (lines.length === 0 ? usual : lines).map(readRule).sort((a, b) => b.priority - a.priority);
}

function readRule(line: string): TagRule {
  const fields: Record<string, string> = {};
  let type: RuleType = 'raw';
  for (const field of splitFields(line)) {
    const at = field.indexOf('=');
    if (at <= 0) {
      fields['value'] = field;
      continue;
    }
    const key = field.slice(0, at).trim().toLowerCase();
    const value = field.slice(at + 1).trim();
    if (key !== 'type') fields[key] = value;
    else if (Object.hasOwn(priorities, value)) type = value as RuleType;
    else throw new Error(`Unknown tag type attribute: ${value}`);
  }
  const need = (name: string): void => {
    if (fields[name] === undefined) throw new Error(`Missing ${name} attribute for ${line}`);
  };
  if (type === 'semver' || type === 'pep440' || type === 'match') need('pattern');
  if (type === 'match' && Number.isNaN(Number(fields['group'] ?? 0)))
    throw new Error(`Invalid match group for ${line}`);
  if (type === 'raw') need('value');
  if (type === 'ref') {
    need('event');
    if (!['branch', 'tag', 'pr'].includes(fields['event'] ?? '')) throw new Error(`Invalid event for ${line}`);
    if (fields['event'] === 'pr') fields['prefix'] ??= 'pr-';
  }
  if (type === 'sha') {
    fields['prefix'] ??= 'sha-';
    fields['format'] ??= 'short';
    if (!['short', 'long'].includes(fields['format'])) throw new Error(`Invalid format for ${line}`);
  }
  return { type, fields, priority: Number(fields['priority'] ?? priorities[type]) };
}

/** Commas between fields, unless in double quotes. */
export function splitFields(line: string): readonly string[] {
  return [...line.matchAll(/(?:"((?:[^"]|"")*)"|([^,]*))(?:,|$)/g)]
    .map(([, quoted, plain]) => (quoted === undefined ? (plain ?? '').trim() : quoted.replaceAll('""', '"')))
    .filter((field) => field !== '');
}

export interface Flavor {
  readonly latest: 'auto' | 'true' | 'false';
  readonly prefix: string;
  readonly prefixLatest: boolean;
  readonly suffix: string;
  readonly suffixLatest: boolean;
}

/** @throws Error with the action's words */
export function readFlavor(lines: readonly string[]): Flavor {
  let flavor: Flavor = { latest: 'auto', prefix: '', prefixLatest: false, suffix: '', suffixLatest: false };
  for (const line of lines) {
    let affix: 'prefix' | 'suffix' | undefined;
    for (const field of splitFields(line)) {
      const [key = '', value] = field.split('=').map((part) => part.trim());
      if (value === undefined) throw new Error(`Invalid flavor entry: ${line}`);
      if (key === 'latest') {
        if (value !== 'auto' && value !== 'true' && value !== 'false')
          throw new Error(`Invalid latest flavor entry: ${line}`);
        flavor = { ...flavor, latest: value };
      } else if (key === 'prefix' || key === 'suffix') {
        affix = key;
        flavor = { ...flavor, [key]: value };
      } else if (key === 'onlatest' && affix !== undefined) {
        if (value !== 'true' && value !== 'false') throw new Error(`Invalid value for onlatest attribute: ${value}`);
        flavor = { ...flavor, [`${affix}Latest`]: value === 'true' };
      } else {
        throw new Error(`Unknown flavor entry: ${line}`);
      }
    }
  }
  return flavor;
}

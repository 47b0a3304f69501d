import { TrunklineError } from '../../errors.ts';

/** One mapping: where any condition holds, files change. */
export interface Mapping {
  readonly conditions: readonly Condition[];
  readonly targets: readonly Target[];
}

export interface Condition {
  readonly variable: string;
  /** As written; everything where none was. */
  readonly pattern: string;
}

export interface Target {
  readonly glob: string;
  /** Names of regular expressions; all of them where none is named. */
  readonly patterns: readonly string[] | 'all';
}

/**
 * Reads `variable==regex {OR} … {THEN_UPDATE_FILES} glob=regex&regex {AND} … {NEXT_MAPPING} …`. A backslash before a
 * separator's brace keeps it from separating. @throws INPUT_INVALID with what is wrong where
 */
export function parseMappings(text: string): readonly Mapping[] {
  const mappings = split(text, 'NEXT_MAPPING').filter((one) => one !== '');
  if (mappings.length === 0) throw invalid('expected at least one mapping, found none');
  return mappings.map(parseMapping);
}

function parseMapping(text: string): Mapping {
  const [left = '', right, more] = split(text, 'THEN_UPDATE_FILES');
  if (more !== undefined) throw invalid(`expected one {THEN_UPDATE_FILES} in a mapping, found another in ${say(text)}`);
  if (right === '') throw invalid(`expected files after {THEN_UPDATE_FILES}, found none in ${say(text)}`);
  return {
    conditions: split(left, 'OR').map((one) => parseCondition(one, text)),
    targets: split(right ?? '**=*', 'AND').map((one) => parseTarget(one, text)),
  };
}

function parseCondition(text: string, mapping: string): Condition {
  const [, variable = '', pattern = '.*'] = /^([^=]*?)\s*(?:==\s*(.*))?$/s.exec(text) ?? [];
  if (/^[A-Za-z0-9_]+$/.test(variable)) return { variable: variable.toLowerCase(), pattern };
  throw invalid(`expected a condition such as docker_image_tag==v.*, found ${say(text)} in ${say(mapping)}`);
}

function parseTarget(text: string, mapping: string): Target {
  // What follows the last "=" names regular expressions, if it can.
  const [, glob = text, refs = '*'] = /^(.*)=([A-Za-z0-9_&*\s]*)$/s.exec(text) ?? [];
  const names = refs.split('&').map((one) => one.trim().toLowerCase());
  if (glob.trim() === '')
    throw invalid(`expected files such as **dev/values.yaml, found ${say(text)} in ${say(mapping)}`);
  if (names.includes(''))
    throw invalid(`expected the name of a regular expression on each side of "&", found ${say(text)}`);
  // `*` stands for all, and whatever comes after it is among them.
  return { glob: glob.trim(), patterns: names.includes('*') ? 'all' : names };
}

function split(text: string, separator: string): readonly string[] {
  return text.split(new RegExp(`(?<!\\\\)\\{${separator}\\}`)).map((one) => one.trim());
}

function say(text: string): string {
  return JSON.stringify(text.length > 120 ? `${text.slice(0, 119)}…` : text);
}

function invalid(message: string): TrunklineError {
  return new TrunklineError('INPUT_INVALID', `mappings: ${message}`, {
    hint: 'for example docker_image_tag==v.* {THEN_UPDATE_FILES} **dev/values.yaml=docker_image_tag_regex',
  });
}

import { RE2JS } from 're2js';
import { suggest } from '../../config/suggest.ts';
import { TrunklineError } from '../../errors.ts';
import { type Condition, type Mapping, parseMappings } from './parse-mappings.ts';
import { pathGlob } from './path-glob.ts';
import { compilePattern, type Pattern, replaceGroups } from './replace-groups.ts';

/** Variables that are known without being given. */
export const wellKnown = ['docker_image_tag', 'git_tag', 'git_branch'] as const;

export interface ReplacementInputs {
  readonly mappings: string;
  /** By lower-case name. */
  readonly variables: ReadonlyMap<string, string>;
  /** By lower-case name, in the order in which `*` takes them. */
  readonly patterns: ReadonlyMap<string, string>;
  /** Conditions hold where the regular expression matches anywhere in the value. */
  readonly unanchored: boolean;
}

/** A mapping that was understood, and whether its conditions hold. */
export interface Rule {
  readonly mapping: Mapping;
  readonly holds: boolean;
  readonly targets: readonly {
    readonly glob: string;
    matches(path: string): boolean;
    readonly patterns: readonly Pattern[];
  }[];
}

/** @throws INPUT_INVALID for what cannot be understood, and for names that nothing defines */
export function readRules(inputs: ReplacementInputs): readonly Rule[] {
  const patternOf = patternReader(inputs);
  return parseMappings(inputs.mappings).map((mapping) => ({
    mapping,
    // All are judged, so that a fault in one does not wait for the day that the others do not hold.
    holds: mapping.conditions.map((one) => conditionHolds(one, inputs)).includes(true),
    targets: mapping.targets.map(({ glob, patterns }) => ({
      glob,
      matches: pathGlob(glob),
      patterns: (patterns === 'all' ? [...inputs.patterns.keys()] : patterns).map(patternOf),
    })),
  }));
}

/** Whether any rule that holds wants to see a file. */
export function isTarget(rules: readonly Rule[], path: string): boolean {
  return rules.some((rule) => rule.holds && rule.targets.some((target) => target.matches(path)));
}

/** The text after all rules that hold, one mapping after the other. @throws MANIFEST_INVALID */
export function replaceAll(
  rules: readonly Rule[],
  variables: ReadonlyMap<string, string>,
  path: string,
  text: string,
): string {
  let out = text;
  for (const rule of rules.filter((one) => one.holds)) {
    const patterns = rule.targets.filter((target) => target.matches(path)).flatMap((target) => target.patterns);
    out = replaceGroups(path, out, [...new Set(patterns)], (group) => variables.get(group.toLowerCase()));
  }
  return out;
}

/** Compiles what is used, once: the surroundings may hold others that mean nothing here. */
function patternReader({ patterns, variables }: ReplacementInputs): (name: string) => Pattern {
  const compiled = new Map<string, Pattern>();
  return (name) => {
    const there = compiled.get(name);
    if (there !== undefined) return there;
    const source = patterns.get(name);
    if (source === undefined) {
      const expected = 'mappings: expected a regular expression that is defined';
      throw unknown(expected, name, [...patterns.keys()], 'register_custom_regexes');
    }
    const made = { name, regex: compilePattern(name, source) };
    for (const group of Object.keys(made.regex.namedGroups())) requireKnown(`the group of ${name}`, group, variables);
    compiled.set(name, made);
    return made;
  };
}

function conditionHolds({ variable, pattern }: Condition, { variables, unanchored }: ReplacementInputs): boolean {
  requireKnown('the condition', variable, variables);
  const regex = compilePattern(`the condition on ${variable}`, pattern);
  const value = variables.get(variable);
  if (value === undefined) return false;
  const matcher = RE2JS.compile(regex.pattern()).matcher(value);
  return unanchored ? matcher.find() : matcher.matches();
}

function requireKnown(where: string, name: string, variables: ReadonlyMap<string, string>): void {
  const known = [...new Set([...wellKnown, ...variables.keys()])];
  if (known.includes(name.toLowerCase())) return;
  throw unknown(`${where}: expected a variable that is defined`, name, known, 'register_custom_variables');
}

function unknown(expected: string, name: string, known: readonly string[], input: string): TrunklineError {
  const near = suggest(name, known);
  return new TrunklineError('INPUT_INVALID', `${expected}, found "${name}"`, {
    hint:
      near === undefined ? `known: ${known.join(', ') || 'none'}; add others by ${input}` : `did you mean "${near}"?`,
  });
}

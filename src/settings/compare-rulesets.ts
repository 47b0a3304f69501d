import type { ActualRuleset, ActualSettings } from './actual.ts';
import { compare, type Difference } from './difference.ts';
import type { Rule } from './rule.ts';
import { type Seen, seen, unseen } from './seen.ts';
import type { WantedRuleset } from './wanted.ts';

/** By this a ruleset is known to be of our making: those of others are left alone. */
export const rulesetPrefix = 'trunkline: ';

/** Wanted only where the owner's plan has its rule; since not every token sees the plan, it is never taken away. */
export const workflowsRulesetName = `${rulesetPrefix}workflows`;

/** A ruleset of our making that nothing wants any more. */
export function isLeftOver(found: ActualRuleset, wanted: readonly WantedRuleset[]): boolean {
  if (!found.name.startsWith(rulesetPrefix) || found.name === workflowsRulesetName) return false;
  return wanted.every((one) => keyOf(one) !== keyOf(found));
}

export function compareRulesets(
  wanted: readonly WantedRuleset[],
  { rulesets }: Pick<ActualSettings, 'rulesets'>,
): readonly Difference[] {
  if ('unknown' in rulesets)
    return wanted.map((one) =>
      compare(
        presence(
          one.name,
          one.rules.map(({ type }) => type),
        ),
        rulesets,
      ),
    );
  const gone = rulesets.value.filter((one) => isLeftOver(one, wanted));
  return [
    ...wanted.flatMap((one) => compareRuleset(one, findRuleset(rulesets.value, one))),
    ...gone.map((one) => compare(presence(one.name, undefined), seen(one.rules.map(({ type }) => type)))),
  ];
}

/** The ruleset of this name and target. */
export function findRuleset(
  rulesets: readonly ActualRuleset[],
  wanted: Pick<WantedRuleset, 'name' | 'target'>,
): ActualRuleset | undefined {
  return rulesets.find((one) => keyOf(one) === keyOf(wanted));
}

function keyOf({ name, target }: { readonly name: string; readonly target: string }): string {
  return `${target} ${name}`;
}

function presence(subject: string, wanted: readonly string[] | undefined) {
  return { area: 'ruleset', subject, field: 'rules', kind: 'ruleset', wanted } as const;
}

function compareRuleset(wanted: WantedRuleset, found: ActualRuleset | undefined): readonly Difference[] {
  const at = { area: 'ruleset', subject: wanted.name } as const;
  if (found === undefined)
    return [
      compare(
        presence(
          wanted.name,
          wanted.rules.map(({ type }) => type),
        ),
        seen(undefined),
      ),
    ];
  const extra = found.rules.filter((one) => wanted.rules.every(({ type }) => type !== one.type));
  const all = [
    compare({ ...at, field: 'enforcement', wanted: 'active' }, seen(found.enforcement)),
    compare({ ...at, field: 'include', wanted: wanted.include }, seen(found.include)),
    compare({ ...at, field: 'exclude', wanted: [] }, seen(found.exclude)),
    compare({ ...at, field: 'bypass', wanted: wanted.bypass }, found.bypass),
    ...wanted.rules.flatMap((rule) => compareRule(at, rule, found)),
    ...extra.map((rule) => compare({ ...at, field: rule.type, kind: 'rule', wanted: undefined }, seen('set'))),
  ];
  // One that is not in force protects nothing, whatever it says.
  return found.enforcement === 'active' ? all : all.map((one) => ({ ...one, loosens: false }));
}

function compareRule(
  at: { readonly area: 'ruleset'; readonly subject: string },
  rule: Rule,
  ruleset: ActualRuleset,
): readonly Difference[] {
  const found = ruleset.rules.find((one) => one.type === rule.type);
  const parameters = Object.entries(rule.parameters ?? {});
  if (found === undefined || parameters.length === 0)
    return [
      compare({ ...at, field: rule.type, kind: 'rule', wanted: 'set' }, seen(found === undefined ? undefined : 'set')),
    ];
  return parameters.map(([name, wanted]) =>
    compare({ ...at, field: `${rule.type}.${name}`, wanted }, parameterOf(found, name, ruleset.whole)),
  );
}

/** Parameters that only a ruleset read whole shows. */
const partly = new Set(['required_reviewers', 'dismissal_restriction']);
/** What GitHub takes a parameter for that is not there. */
const absent: Readonly<Record<string, unknown>> = { do_not_enforce_on_create: false, required_reviewers: [] };

function parameterOf(rule: Rule, name: string, whole: boolean): Seen<unknown> {
  if (!whole && partly.has(name)) return unseen('was not read');
  return seen(rule.parameters?.[name] ?? absent[name]);
}

import type { ActualRuleset, ActualSettings } from './actual.ts';
import { compareRulesets, findRuleset, isLeftOver } from './compare-rulesets.ts';
import type { Difference } from './difference.ts';
import type { Check, Rule } from './rule.ts';
import { known } from './seen.ts';
import type { Step } from './step.ts';
import { checksOf, type WantedRuleset, type WantedSettings } from './wanted.ts';

export function rulesetSteps(
  wanted: WantedRuleset,
  actual: ActualSettings,
  differing: readonly Difference[],
): readonly Step[] {
  if (!differing.some((one) => one.area === 'ruleset' && one.subject === wanted.name)) return [];
  const found = findRuleset(known(actual.rulesets) ?? [], wanted);
  const rules = rulesFor(wanted, found, unseenChecks(wanted, actual));
  // All that differs may be a check that nobody has seen: there is nothing to be sent yet.
  if (found !== undefined && isSet({ ...wanted, rules }, found)) return [];
  const body = {
    name: wanted.name,
    target: wanted.target,
    enforcement: 'active',
    conditions: { ref_name: { include: wanted.include, exclude: [] } },
    bypass_actors: wanted.bypass,
    rules,
  };
  const request: Pick<Step, 'body' | 'optional'> = { body, ...(wanted.optional === true ? { optional: true } : {}) };
  return found === undefined
    ? [{ title: `ruleset "${wanted.name}": make it`, method: 'POST', path: '/rulesets', ...request }]
    : [{ title: `ruleset "${wanted.name}": set it right`, method: 'PUT', path: `/rulesets/${found.id}`, ...request }];
}

/** Rulesets of our making that nothing wants any more. */
export function rulesetRemovals(wanted: WantedSettings, actual: ActualSettings): readonly Step[] {
  return (known(actual.rulesets) ?? [])
    .filter((one) => isLeftOver(one, wanted.rulesets))
    .map((one) => ({
      title: `ruleset "${one.name}": take it away, nothing wants it any more`,
      method: 'DELETE',
      path: `/rulesets/${one.id}`,
    }));
}

/** Checks of a ruleset that neither are required already nor were ever seen. */
export function unseenChecks(wanted: WantedRuleset, actual: ActualSettings): readonly Check[] {
  const held = findRuleset(known(actual.rulesets) ?? [], wanted);
  const before = held === undefined ? [] : checksOf(held.rules);
  const seen = known(actual.checks) ?? [];
  return checksOf(wanted.rules).filter(
    (one) =>
      !before.some((other) => other.context === one.context && other.integration_id === one.integration_id) &&
      !seen.some(
        (other) => other.context === one.context && (other.app === undefined || other.app === one.integration_id),
      ),
  );
}

function isSet(wanted: WantedRuleset, found: ActualRuleset): boolean {
  return compareRulesets([wanted], { rulesets: { value: [found] } }).every((one) => one.state !== 'differs');
}

/** The request replaces all rules: parameters that nobody wants otherwise are said as they are. */
function rulesFor(wanted: WantedRuleset, found: ActualRuleset | undefined, unseen: readonly Check[]): readonly Rule[] {
  return wanted.rules.flatMap((rule): readonly Rule[] => {
    const held = found?.rules.find(({ type }) => type === rule.type);
    const parameters = { ...held?.parameters, ...rule.parameters };
    const merged = Object.keys(parameters).length === 0 ? rule : { ...rule, parameters };
    return rule.type === 'required_status_checks' ? seenOnly(merged, held, unseen) : [merged];
  });
}

/** The rule without checks that nobody has seen; while there are such, what was required stays required. */
function seenOnly(rule: Rule, held: Rule | undefined, unseen: readonly Check[]): readonly Rule[] {
  if (unseen.length === 0) return [rule];
  const now = checksOf([rule]).filter((one) => !unseen.includes(one));
  const before = held === undefined ? [] : checksOf([held]);
  const kept = before.filter((one) => now.every((other) => other.context !== one.context));
  const checks = [...now, ...kept];
  if (checks.length === 0) return [];
  return [{ ...rule, parameters: { ...rule.parameters, required_status_checks: checks } }];
}

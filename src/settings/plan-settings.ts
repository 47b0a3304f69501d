import type { ActualSettings } from './actual.ts';
import { findRuleset } from './compare-rulesets.ts';
import { compareSettings } from './compare-settings.ts';
import type { Difference } from './difference.ts';
import { environmentSteps, policyRemovals } from './environment-steps.ts';
import { actionsSteps, mergingSteps, subjectSteps } from './repository-steps.ts';
import { rulesetRemovals, rulesetSteps, unseenChecks } from './ruleset-steps.ts';
import { known } from './seen.ts';
import type { Step } from './step.ts';
import type { WantedSettings } from './wanted.ts';

export interface SettingsPlan {
  readonly differences: readonly Difference[];
  /** In the order in which they are safe. */
  readonly steps: readonly Step[];
  /** Checks that are wanted and that no pull request has got yet: to require them now would stop every merge. */
  readonly waiting: readonly { readonly ruleset: string; readonly checks: readonly string[] }[];
  /** Rulesets that cannot be replaced because it cannot be seen who passes them by. */
  readonly blind: readonly string[];
}

/**
 * What to send so that a repository is as wanted. First what Actions may do, then what pull requests may, then the
 * environments, then the rules, which rely on all of it; what is taken away goes last. A check is required once it was
 * seen, and what was required before stays until then. Pure.
 */
export function planSettings(wanted: WantedSettings, actual: ActualSettings): SettingsPlan {
  const differences = compareSettings(wanted, actual);
  const differing = differences.filter((one) => one.state === 'differs');
  const waiting = wanted.rulesets.flatMap((one) => {
    const checks = unseenChecks(one, actual);
    return checks.length === 0 ? [] : [{ ruleset: one.name, checks: checks.map(({ context }) => context) }];
  });
  const blind = wanted.rulesets.flatMap((one) => {
    const found = findRuleset(known(actual.rulesets) ?? [], one);
    const touched = differing.some((other) => other.area === 'ruleset' && other.subject === one.name);
    return touched && found !== undefined && 'unknown' in found.bypass ? [one.name] : [];
  });
  const steps = [
    ...actionsSteps(wanted, actual, differing),
    ...mergingSteps(wanted, differing),
    ...wanted.environments.flatMap((one) => environmentSteps(one, actual, differing)),
    ...subjectSteps(differing),
    ...wanted.rulesets.flatMap((one) => rulesetSteps(one, actual, differing)),
    ...wanted.environments.flatMap((one) => policyRemovals(one, actual, differing)),
    ...rulesetRemovals(wanted, actual),
  ];
  return { differences, steps, waiting, blind };
}

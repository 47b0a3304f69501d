import type { Forge } from '../forge.ts';
import type { Pull } from '../rows.ts';
import { applicableRulesets } from '../rules/applicable-rulesets.ts';
import { repositoryOf } from './find-pull.ts';

/** Whether a rule of the pull request's base asks for this check, by this App where the rule names one. */
export function isRequiredCheck(forge: Forge, pull: Pull, context: string, appId: number | null): boolean {
  return applicableRulesets(forge, repositoryOf(forge, pull), `refs/heads/${pull.baseRef}`)
    .flatMap((ruleset) => ruleset.rules)
    .filter((rule) => rule.type === 'required_status_checks')
    .flatMap((rule) => {
      const checks: unknown = rule.parameters?.['required_status_checks'];
      return Array.isArray(checks) ? (checks as readonly unknown[]) : [];
    })
    .some((check) => {
      if (typeof check !== 'object' || check === null || !('context' in check) || check.context !== context)
        return false;
      const wanted = 'integration_id' in check ? check.integration_id : undefined;
      return wanted === undefined || wanted === null || wanted === appId;
    });
}

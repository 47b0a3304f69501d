import { zeroSha } from '../git/refs.ts';
import { words } from '../words.ts';
import { checkState, type RequiredCheck } from './check-state.ts';
import { isAncestor } from './history.ts';
import type { Finding, Judge } from './judge.ts';

/** `required_status_checks`: on a pull request's head, or on the commit that is pushed. */
export const requiredStatusChecks: Judge = async ({ forge, question, history, parameters }) => {
  const { repository, before, after, via, pull } = question;
  if (after === zeroSha) return [];
  if (before === zeroSha && parameters['do_not_enforce_on_create'] === true) return [];
  const sha = via === 'merge' && pull !== undefined ? pull.headSha : after;
  const checks = requiredChecks(parameters);
  const open = checks
    .map((check) => ({ check, state: checkState(forge, repository.id, sha, check) }))
    .filter((one) => one.state !== 'passed');
  const findings: Finding[] = [];
  const [first] = open;
  if (first !== undefined) {
    const states = [...new Set(open.map((one) => one.state))];
    const counts = states.map((state) => `${open.filter((one) => one.state === state).length} ${state}`);
    const message =
      checks.length === 1
        ? words.oneCheck(first.check.context, first.state)
        : states.length === 1 && (first.state === 'expected' || first.state === 'in progress')
          ? words.sameChecks(open.length, checks.length, first.state)
          : words.mixedChecks(open.length, checks.length, joinWords(counts));
    findings.push({ kind: 'checks', message });
  }
  const strict = parameters['strict_required_status_checks_policy'] === true;
  if (strict && via === 'merge' && before !== zeroSha && !(await isAncestor(history, before, sha))) {
    findings.push({ kind: 'behind', message: words.behind() });
  }
  return findings;
};

export function requiredChecks(parameters: Readonly<Record<string, unknown>>): readonly RequiredCheck[] {
  const list: unknown = parameters['required_status_checks'];
  return (Array.isArray(list) ? list : []).flatMap((item: unknown): readonly RequiredCheck[] => {
    if (typeof item !== 'object' || item === null || !('context' in item)) return [];
    const id = 'integration_id' in item && typeof item.integration_id === 'number' ? item.integration_id : undefined;
    return [{ context: String(item.context), ...(id === undefined ? {} : { integrationId: id }) }];
  });
}

function joinWords(parts: readonly string[]): string {
  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;
}

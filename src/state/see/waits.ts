import type { Judgement } from '../../delivery/policy/judge.ts';
import { policyContext } from '../../model/policy-context.ts';
import type { OpenPullFacts } from './open-pulls.ts';

/** Why an open pull request is not merged yet, what a person can do something about first. Empty: nothing stops it. */
export function waitsOf(pull: OpenPullFacts, judgement: Judgement | undefined): readonly string[] {
  const waits: string[] = [];
  if (pull.draft) waits.push('is a draft');
  if (pull.mergeState === 'DIRTY') waits.push('conflicts with the base branch');
  // Signatures are looked at where the policy runs, which has the registry's credentials; its check says what it found.
  const refused = judgement?.verdicts.filter((one) => !one.ok && !one.gate.startsWith('signature of ')) ?? [];
  waits.push(...refused.map((one) => `${one.gate}: ${one.reason}`));
  const others = pull.checks.filter((one) => judgement === undefined || one.name !== policyContext);
  waits.push(...others.filter((one) => one.state === 'failed').map((one) => `${one.name}: ${one.text}`));
  if (pull.review === 'CHANGES_REQUESTED') waits.push('changes are requested');
  if (pull.review === 'REVIEW_REQUIRED') {
    waits.push(`review required${pull.asked.length === 0 ? '' : `, asked of ${pull.asked.join(', ')}`}`);
  }
  waits.push(...others.filter((one) => one.state === 'pending').map((one) => `${one.name}: ${one.text}`));
  if (pull.mergeState === 'BEHIND') waits.push('must be brought up to date with the base branch');
  const policy = pull.checks.find((one) => one.name === policyContext);
  if (waits.length === 0 && policy !== undefined && policy.state !== 'ok') waits.push(`${policy.name}: ${policy.text}`);
  if (waits.length === 0 && pull.mergeState === 'BLOCKED')
    waits.push('a rule of the branch blocks it; GitHub does not say which (a required check that never reported?)');
  if (waits.length === 0 && !pull.armed) waits.push('nothing stops it: somebody has to merge it');
  return waits;
}

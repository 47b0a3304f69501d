import { ownersOf } from '../../config/config.ts';
import type { SkippableGate } from '../../model/gates.ts';
import type { Hotfix } from '../../model/hotfix.ts';
import { keepsHotfix } from '../hotfix-kept.ts';
import { quotaOf } from '../hotfix-quota.ts';
import { mention, short } from '../in-words.ts';
import { type PinChange, type PolicyFacts, stepKey, type Verdict } from './facts.ts';
import { countingApprovals } from './people.ts';

/** A hotfix that is added to the record: whole, small enough, skipping what may be skipped, with somebody else's approval. */
export function hotfixRecord(facts: PolicyFacts, added: Hotfix): Verdict {
  const gate = `hotfix of ${added.service} in ${added.environment}`;
  const { config, hotfixes, now } = facts.state;
  const refuse = (reason: string): Verdict => ({ gate, ok: false, reason });
  if (added.incident === undefined) return refuse('expected an incident in its record, found none');
  if (added.lines === undefined) return refuse('its record does not say how many lines it changes');
  if (added.lines > config.hotfix.lines)
    return refuse(`expected at most ${config.hotfix.lines} changed lines, found ${added.lines}`);
  const unknown = added.gates.filter((name) => !(config.hotfix.skip as readonly string[]).includes(name));
  if (unknown.length > 0)
    return refuse(`it may not skip ${unknown.join(', ')}; skippable: ${config.hotfix.skip.join(', ') || 'nothing'}`);
  const { exceeded } = quotaOf(config.hotfix, hotfixes, added, now);
  const wanted = exceeded.length === 0 ? 1 : 2;
  const teams = [...new Set([...ownersOf(config, added.service), ...facts.teams.keys()])];
  const given = countingApprovals(facts, teams).filter((one) => one.author !== added.author);
  if (given.length >= wanted)
    return {
      gate,
      ok: true,
      reason: `${added.incident}: approved by ${given.map((one) => mention(one.author)).join(', ')}`,
    };
  const why = exceeded.length === 0 ? '' : ` (${exceeded.join('; ')})`;
  return {
    gate,
    ok: false,
    waits: true,
    reason: `expected ${wanted} approval${wanted === 1 ? '' : 's'} by somebody else than ${mention(added.author)}${why}, found ${given.length}`,
  };
}

/** What is pinned as a hotfix must be in what takes its place. */
export function hotfixKept(facts: PolicyFacts, change: PinChange, pinned: Hotfix): Verdict {
  const gate = `fix of ${change.service} in ${change.environment}`;
  const name = pinned.branch?.replace(/^refs\/heads\//, '') ?? `hotfix ${short(pinned.digest)}`;
  const step = facts.steps?.get(stepKey(change));
  if (keepsHotfix(step, pinned)) return { gate, ok: true, reason: `${short(change.after)} contains ${name}` };
  return {
    gate,
    ok: false,
    reason: `${short(change.after)} would drop ${name}${pinned.incident === undefined ? '' : ` (${pinned.incident})`}: bring it to main first`,
  };
}

/** Whether a hotfix on record lets its release past a gate. */
export function skips({ state }: Pick<PolicyFacts, 'state'>, record: Hotfix | undefined, gate: SkippableGate): boolean {
  return record?.gates.includes(gate) === true && state.config.hotfix.skip.includes(gate);
}

import type { Rehearsal } from '../../lab/scenarios/rehearse.ts';
import type { Shares } from '../../lab/scenarios/shares.ts';

/** A rehearsal for machines; times in milliseconds. */
export function renderJson(rehearsal: Rehearsal): string {
  const { ok, phases, notes, where, steps, egress, shares, mergeToServing, failures } = rehearsal;
  const milliseconds = {
    ...whole(shares),
    ...(mergeToServing === undefined ? {} : { mergeToServing: whole(mergeToServing) }),
  };
  return `${JSON.stringify({ ok, phases, notes, where, steps, egress, milliseconds, failures }, undefined, 2)}\n`;
}

function whole(shares: Shares): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(shares).map(([name, value]) => [name, Math.round(value)]));
}

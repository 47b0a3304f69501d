import type { Rehearsal } from '../../lab/scenarios/rehearse.ts';

/** A rehearsal for machines; times in milliseconds. */
export function renderJson(rehearsal: Rehearsal): string {
  const { ok, phases, notes, where, steps, egress, shares, failures } = rehearsal;
  const milliseconds = Object.fromEntries(Object.entries(shares).map(([name, value]) => [name, Math.round(value)]));
  return `${JSON.stringify({ ok, phases, notes, where, steps, egress, milliseconds, failures }, undefined, 2)}\n`;
}

import type { Seen } from './seen.ts';
import { canonical, weakens } from './weakens.ts';

export type Area = 'actions' | 'merging' | 'subject' | 'environment' | 'ruleset' | 'codeowners';

/** Who made a setting what it is, and when. */
export interface Change {
  readonly by: string;
  /** ISO 8601 */
  readonly at: string;
}

/** One setting: what is wanted, what was found. The shape of `settings plan --json`. */
export interface Difference {
  readonly area: Area;
  /** The environment or ruleset it is of; the repository for all else. */
  readonly subject: string;
  readonly field: string;
  readonly state: 'equal' | 'differs' | 'unknown';
  readonly wanted: unknown;
  /** Null where nothing is set, or nothing could be read. */
  readonly found: unknown;
  /** Whether to set what is wanted would protect less than what is found does. */
  readonly loosens: boolean;
  /** Why it is unknown, or what else is to be said. */
  readonly note: string | null;
  /** Where it was asked who made it differ; null where GitHub does not tell, and `note` why. */
  readonly changed?: Change | null;
}

interface Compared {
  readonly area: Area;
  readonly subject: string;
  readonly field: string;
  readonly wanted: unknown;
  /** What `weakens` knows the field by; its own name unless given. */
  readonly kind?: string;
}

/** Holds one setting to what is wanted; lists are sets. */
export function compare(one: Compared, found: Seen<unknown>): Difference {
  const { area, subject, field, wanted = null } = one;
  const base = { area, subject, field, wanted };
  if ('unknown' in found) return { ...base, state: 'unknown', found: null, loosens: false, note: found.unknown };
  const value = found.value ?? null;
  if (canonical(sorted(wanted)) === canonical(sorted(value)))
    return { ...base, state: 'equal', found: value, loosens: false, note: null };
  const loosens = weakens(one.kind ?? field, found.value, one.wanted);
  return { ...base, state: 'differs', found: value, loosens, note: null };
}

/** Lists in one order, of whatever they are. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted).sort((a, b) => (canonical(a) < canonical(b) ? -1 : 1));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, sorted(one)]));
}

import { TrunklineError } from '../../errors.ts';
import type { Snapshot } from './snapshot.ts';

/** What freezes say of an environment now. Times are ISO 8601. */
export interface Frozen {
  readonly environment: string;
  /** Names of those in force; none where it is open. */
  readonly freezes: readonly string[];
  readonly until: string | null;
  /** When the next one begins, where none is in force. */
  readonly next: string | null;
}

/** Freezes of each environment that has any; what a calendar does not tell is noted. Time zones are loaded only for them. */
export async function readFreezes(snapshot: Snapshot, now: number, notes: string[]): Promise<readonly Frozen[]> {
  const { config, texts } = snapshot;
  const gated = config?.environments.filter((one) => one.gates.freeze.length > 0) ?? [];
  if (config === undefined || gated.length === 0) return [];
  const { freezeState } = await import('../../delivery/policy/freeze-spans.ts');
  return gated.flatMap(({ name: environment, gates }): readonly Frozen[] => {
    try {
      const named = config.freezes.filter((one) => gates.freeze.includes(one.name));
      const { active, until, next } = freezeState(named, texts, now);
      const iso = (at: number | undefined): string | null => (at === undefined ? null : new Date(at).toISOString());
      return [{ environment, freezes: active.map((one) => one.freeze.name), until: iso(until), next: iso(next) }];
    } catch (error) {
      if (!(error instanceof TrunklineError)) throw error;
      notes.push(`whether ${environment} is frozen is not known: ${error.message}`);
      return [];
    }
  });
}

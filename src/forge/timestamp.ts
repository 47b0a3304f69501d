import type { Forge } from './forge.ts';

/** Now, as GitHub writes times: `2026-01-31T12:00:00Z`. */
export function timestamp(forge: Forge, later = 0): string {
  return new Date(forge.clock.now() + later).toISOString().replace(/\.\d{3}Z$/, 'Z');
}

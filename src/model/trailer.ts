/** Trailers of delivery commits: hints for people and for offline use, never the proof of anything. */
export const trailers = {
  change: 'Trunkline-Change',
  service: 'Trunkline-Service',
  environment: 'Trunkline-Environment',
  digest: 'Trunkline-Digest',
  /** One for each service of a batch: `orders sha256:… acme/app@sha`. */
  bump: 'Trunkline-Bump',
  previous: 'Trunkline-Previous',
  source: 'Trunkline-Source',
  run: 'Trunkline-Run',
  reason: 'Trunkline-Reason',
  /** Of a rollback that brings a hold: `yes`. */
  hold: 'Trunkline-Hold',
  holdUntil: 'Trunkline-Hold-Until',
  incident: 'Trunkline-Incident',
  skippedGates: 'Trunkline-Skipped-Gates',
  exception: 'Trunkline-Exception',
  requestedBy: 'Requested-By',
} as const;

export type TrailerName = (typeof trailers)[keyof typeof trailers];

/** The last paragraph's `Name: value` lines, as `git interpret-trailers` reads them; the last of a name wins. */
export function parseTrailers(message: string): Map<string, string> {
  const paragraph =
    message
      .trimEnd()
      .split(/\n\s*\n/)
      .at(-1) ?? '';
  const found = new Map<string, string>();
  for (const line of paragraph.split('\n')) {
    const match = /^([A-Za-z][A-Za-z0-9-]*):\s*(.*)$/.exec(line);
    if (match?.[1] !== undefined) found.set(match[1], (match[2] ?? '').trim());
  }
  return found;
}

/** One line a trailer; a value's line breaks become spaces, so that a value cannot forge a second trailer. */
export function renderTrailers(values: readonly (readonly [string, string | undefined])[]): string {
  return values
    .filter((pair): pair is readonly [string, string] => pair[1] !== undefined && pair[1] !== '')
    .map(([name, value]) => `${name}: ${value.replaceAll(/\s+/g, ' ').trim()}`)
    .join('\n');
}

/** How long ago, as people say it: `just now`, `5 min`, `3 h`, `12 d`. */
export function ago(at: number, now: number): string {
  return span(now - at) ?? 'just now';
}

/** A span of time in its largest unit; undefined below a minute. */
export function span(ms: number): string | undefined {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 1) return undefined;
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} d`;
}

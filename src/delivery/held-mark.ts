/** Says in a pull request that a hold alone keeps it from merging by itself. */
export const heldMark = 'Waits behind a hold; a sweep lets it merge by itself again when that is over.';

/** A body with the mark, before its trailers. */
export function markHeld(body: string): string {
  if (isMarkedHeld(body)) return body;
  const paragraphs = body.trimEnd().split('\n\n');
  return [...paragraphs.slice(0, -1), heldMark, ...paragraphs.slice(-1)].join('\n\n');
}

export function isMarkedHeld(body: string): boolean {
  return body.includes(heldMark);
}

export function unmarkHeld(body: string): string {
  return body.replace(`${heldMark}\n\n`, '');
}

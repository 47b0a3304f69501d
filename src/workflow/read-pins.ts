/**
 * What comments beside pinned actions name: `uses: actions/checkout@<sha> # v4.2.2`. The parsed file has no comments,
 * so the lines are looked at; a comment that names no version says nothing.
 */
export function readPins(text: string): Readonly<Record<string, readonly string[]>> {
  const pins: Record<string, readonly string[]> = {};
  const line =
    /^[\s-]*["']?uses["']?:\s*["']?([\w.-]+\/[^@\s"']+@[0-9a-f]{40})["']?\s+#\s*(?:tag=|ref=)?(v?\d[\w.+-]*)\s*$/gm;
  for (const [, uses = '', ref = ''] of text.matchAll(line)) pins[uses] = [...(pins[uses] ?? []), ref];
  return pins;
}

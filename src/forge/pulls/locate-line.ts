/**
 * Where a line of a file stands in its patch: the hunk down to it, and GitHub's `position`, which counts the lines below
 * the first `@@`. Undefined where the patch does not show the line.
 */
export function locateLine(
  patch: string,
  line: number,
  side: 'LEFT' | 'RIGHT',
): { readonly diffHunk: string; readonly position: number } | undefined {
  let [left, right] = [0, 0];
  let hunk: string[] = [];
  for (const [index, text] of patch.split('\n').entries()) {
    const head = /^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@/.exec(text);
    if (head !== null) {
      [left, right] = [Number(head[1]), Number(head[2])];
      hunk = [text];
      continue;
    }
    hunk.push(text);
    const at = side === 'LEFT' ? left : right;
    const shown = side === 'LEFT' ? !text.startsWith('+') : !text.startsWith('-');
    if (shown && at === line) return { diffHunk: hunk.join('\n'), position: Math.max(index, 1) };
    if (!text.startsWith('+')) left += 1;
    if (!text.startsWith('-')) right += 1;
  }
  return undefined;
}

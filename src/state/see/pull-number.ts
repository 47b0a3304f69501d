/** The pull request that a commit's subject names, in GitHub's own forms: a hint, for whoever cannot ask GitHub. */
export function pullNumberOf(message: string): number | undefined {
  const subject = message.split('\n')[0] ?? '';
  const found = /^Merge pull request #([0-9]+) from /.exec(subject) ?? /\(#([0-9]+)\)$/.exec(subject);
  return found?.[1] === undefined ? undefined : Number(found[1]);
}

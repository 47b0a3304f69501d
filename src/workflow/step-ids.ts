/**
 * Ids for the steps that have none, as GitHub makes them: `__run`, `__actions_checkout`, then `_2` and so on.
 * @param steps each with its own id, or the text of its `uses`, or the key that says what it is, or none of these
 */
export function stepIds(
  steps: readonly { readonly id?: string; readonly uses?: string; readonly kind?: string }[],
): readonly string[] {
  const known = new Set(steps.flatMap((step) => (step.id === undefined ? [] : [step.id.toLowerCase()])));
  return steps.map((step) => {
    if (step.id !== undefined) return step.id;
    const base = `__${step.kind ?? segment(step.uses)}`.replaceAll(/[^A-Za-z0-9_-]/g, '_').slice(0, 100);
    for (let count = 1; ; count += 1) {
      const suffix = count === 1 ? '' : `_${count}`;
      const id = base.slice(0, 100 - suffix.length) + suffix;
      if (known.has(id.toLowerCase())) continue;
      known.add(id.toLowerCase());
      return id;
    }
  });
}

function segment(uses: string | undefined): string {
  if (uses === undefined) return 'run';
  if (uses.startsWith('docker://')) return uses.slice('docker://'.length);
  if (/^(?:\.[/\\]|\$\/)/.test(uses)) return 'self';
  const [path = '', ref, ...more] = uses.split('@');
  const [owner, name] = path.split(/[\\/]/).filter((part) => part !== '');
  return ref === undefined || ref === '' || more.length > 0 || name === undefined ? 'run' : `${owner}_${name}`;
}

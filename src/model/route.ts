/** What leads a release to the first environment that takes it: the ref it was published from, or how its image's tag ends. */
export interface Route {
  readonly by: 'branch' | 'tag' | 'suffix';
  /** `*` stands for anything but "/" in a branch or tag; a suffix is literal. */
  readonly pattern: string;
  /** Name of the environment. */
  readonly to: string;
}

/** Whether a route takes a release by its ref (`refs/heads/…`, `refs/tags/…`) or its image's tag. */
export function takes(
  route: Route,
  release: { readonly ref?: string | undefined; readonly tag?: string | undefined },
): boolean {
  if (route.by === 'suffix') return release.tag?.endsWith(route.pattern) === true;
  const prefix = route.by === 'branch' ? 'refs/heads/' : 'refs/tags/';
  return release.ref?.startsWith(prefix) === true && matchesGlob(route.pattern, release.ref.slice(prefix.length));
}

/** A release that both routes would take; undefined where there is none. */
export function overlap(one: Route, other: Route): string | undefined {
  if (one.by !== other.by) return undefined;
  if (one.by === 'suffix') {
    const longer = one.pattern.length >= other.pattern.length ? one : other;
    const shorter = longer === one ? other : one;
    return longer.pattern.endsWith(shorter.pattern) ? longer.pattern : undefined;
  }
  return commonName(one.pattern, other.pattern);
}

function matchesGlob(pattern: string, name: string): boolean {
  return commonName(pattern, name, false) !== undefined;
}

/** The shortest name that two patterns both match; in the second, `*` is a letter like any other unless `both`. */
function commonName(one: string, other: string, both = true): string | undefined {
  // Breadth first over pairs of positions, so that the first name found is the shortest.
  let states: readonly (readonly [number, number, string])[] = [[0, 0, '']];
  const seen = new Set<string>();
  while (states.length > 0) {
    const next: (readonly [number, number, string])[] = [];
    for (const [i, j, name] of states) {
      if (seen.has(`${i},${j}`)) continue;
      seen.add(`${i},${j}`);
      if (i === one.length && j === other.length) return name;
      const [a, b] = [one[i], other[j]];
      const [starA, starB] = [a === '*', both && b === '*'];
      if (starA) next.push([i + 1, j, name]);
      if (starB) next.push([i, j + 1, name]);
      if (starA && b !== undefined && !starB && b !== '/') next.push([i, j + 1, name + b]);
      if (starB && a !== undefined && !starA && a !== '/') next.push([i + 1, j, name + a]);
      if (!starA && !starB && a !== undefined && a === b) next.push([i + 1, j + 1, name + a]);
    }
    states = next;
  }
  return undefined;
}

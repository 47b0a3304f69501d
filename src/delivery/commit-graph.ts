import type { Step, StepCommit } from './state.ts';

/** Commits as far as they were read, by their SHA, newest first. */
export type CommitGraph = ReadonlyMap<string, GraphCommit>;

export interface GraphCommit extends StepCommit {
  readonly parents: readonly string[];
}

/** How one commit stands to another where the commits that were read can tell; undefined where they cannot. */
export function stepIn(graph: CommitGraph, base: string, head: string): Step | undefined {
  if (base === head) return { ancestry: 'same', commits: [] };
  const [fromHead, fromBase] = [reach(graph, head), reach(graph, base)];
  const newer = fromHead.seen.has(base);
  if (newer) return { ancestry: 'newer', commits: between(graph, fromHead.seen, fromBase.seen) };
  if (fromBase.seen.has(head)) return { ancestry: 'older', commits: [] };
  if (fromHead.whole && fromBase.whole)
    return { ancestry: 'diverged', commits: between(graph, fromHead.seen, fromBase.seen) };
  return undefined;
}

interface Reach {
  readonly seen: ReadonlySet<string>;
  /** Nothing of its past was left unread. */
  readonly whole: boolean;
}

function reach(graph: CommitGraph, from: string): Reach {
  const seen = new Set<string>();
  const open = [from];
  let whole = true;
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (seen.has(at)) continue;
    seen.add(at);
    const commit = graph.get(at);
    if (commit === undefined) whole = false;
    else open.push(...commit.parents);
  }
  return { seen, whole };
}

/** Oldest first. */
function between(graph: CommitGraph, head: ReadonlySet<string>, base: ReadonlySet<string>): readonly StepCommit[] {
  return [...graph]
    .filter(([sha]) => head.has(sha) && !base.has(sha))
    .map(([sha, { subject, ports = [] }]) => ({ sha, subject, ports }))
    .reverse();
}

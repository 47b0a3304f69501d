import type { EnvironmentsConfig } from '../config/config.ts';
import type { CommitGraph, GraphCommit } from '../delivery/commit-graph.ts';
import { stepIn } from '../delivery/commit-graph.ts';
import { portsOf } from '../delivery/hotfix-kept.ts';
import type { Step } from '../delivery/state.ts';
import type { GitHub } from '../github/client.ts';
import type { Source } from '../model/release.ts';
import { readStep } from './ancestry.ts';
import type { RecordPlace } from './published.ts';

interface HistoryNode {
  readonly oid: string;
  readonly message: string;
  readonly parents: { readonly nodes: readonly { readonly oid: string }[] };
}

/** Recent commits of the tracked branches by `g0`, `g1`, …; null where the App may not read them. */
export type HistoryAnswer = Readonly<
  Record<
    `g${number}`,
    Readonly<Record<`b${number}`, { readonly history?: { readonly nodes: readonly HistoryNode[] } } | null>> | null
  >
>;

/**
 * What asks for the newest hundred commits of each tracked branch in each accepted repository of a group, beside the fields
 * of `publishedQuery`, whose variables it uses: enough to tell how most releases stand to each other without asking again.
 */
export function historyFields(
  { environments }: Pick<EnvironmentsConfig, 'environments'>,
  group: readonly RecordPlace[],
): readonly string[] {
  const tracked = [...new Set(environments.flatMap((one) => one.track ?? []))];
  if (tracked.length === 0) return [];
  const branches = tracked.map(
    (branch, index) =>
      `b${index}: object(expression: ${JSON.stringify(`refs/heads/${branch}`)}) { ... on Commit { history(first: 100) { nodes { oid message parents(first: 4) { nodes { oid } } } } } }`,
  );
  return group.flatMap(({ foreign }, index) =>
    foreign ? [] : [`g${index}: repository(owner: $owner${index}, name: $name${index}) { ${branches.join(' ')} }`],
  );
}

export function readGraph(answers: readonly HistoryAnswer[]): CommitGraph {
  const graph = new Map<string, GraphCommit>();
  for (const [name, repository] of answers.flatMap((answer) => Object.entries(answer))) {
    if (!/^g\d+$/.test(name) || repository === null) continue;
    for (const branch of Object.values(repository)) {
      for (const { oid, message, parents } of branch?.history?.nodes ?? []) {
        graph.set(oid, {
          sha: oid,
          subject: message.split('\n')[0] ?? '',
          ports: portsOf(message),
          parents: parents.nodes.map((one) => one.oid),
        });
      }
    }
  }
  return graph;
}

/** Tells how two commits stand to each other: from what was read where that can tell, else by asking GitHub. */
export function stepReader(
  github: GitHub,
  graph: CommitGraph,
): (base: Source | undefined, head: Source | undefined) => Promise<Step> {
  return async (base, head) => {
    const known =
      base === undefined || head === undefined || base.repository !== head.repository
        ? undefined
        : stepIn(graph, base.commit, head.commit);
    return known ?? readStep(github, base, head);
  };
}

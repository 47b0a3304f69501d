import type { CommitPull } from '../../state/see/commit-pulls.ts';
import type { Movement } from '../../state/see/movements.ts';
import type { SeeSession } from './open-see.ts';

/** Commits that GitHub is asked about: twenty queries. */
const mostPulls = 1000;

/** The pull requests that brought movements, by commit; undefined where GitHub was not asked or may not be. */
export async function pullsBehind(
  { github, infra }: SeeSession,
  movements: readonly Movement[],
  notes: string[],
): Promise<ReadonlyMap<string, CommitPull> | undefined> {
  if (github === undefined) return undefined;
  const [{ readCommitPulls }, { tolerant }] = await Promise.all([
    import('../../state/see/commit-pulls.ts'),
    import('../../state/see/status-facts.ts'),
  ]);
  const commits = [...new Set(movements.map((one) => one.commit.sha))];
  if (commits.length > mostPulls)
    notes.push(`GitHub was asked about the newest ${mostPulls} of ${commits.length} commits`);
  return tolerant('who merged what', notes, undefined, () =>
    readCommitPulls(github, infra.repository ?? '', commits.slice(0, mostPulls)),
  );
}

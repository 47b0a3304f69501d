import { TrunklineError } from '../../errors.ts';
import type { GitHub } from '../../github/client.ts';
import { readDeployments } from '../deployments.ts';
import { readCommitPulls } from './commit-pulls.ts';
import type { Infra } from './open-infra.ts';
import type { Since } from './since.ts';
import type { Snapshot } from './snapshot.ts';
import type { StatusFacts } from './status.ts';
import { readWaitingPulls } from './waiting-pulls.ts';

/** Commits whose pull requests are asked for: the newest, six queries of fifty. */
const mostCommits = 300;

/** What GitHub adds to a clone. What a token may not read is noted and left out: the rest is still worth seeing. */
export async function readStatusFacts(
  github: GitHub,
  infra: Infra,
  snapshot: Snapshot,
  since: Since,
  now: number,
  notes: string[],
): Promise<StatusFacts> {
  const repository = infra.repository ?? '';
  const commits = [...new Map([...since.commits.values()].map((one) => [one.sha, one])).values()].sort(
    (a, b) => b.at - a.at,
  );
  if (commits.length > mostCommits)
    notes.push(`${commits.length} commits brought these pins: GitHub is asked who merged the newest ${mostCommits}`);
  const environments = snapshot.layout.environments.map((one) => one.name);
  const [pulls, open, deployments] = await Promise.all([
    tolerant('who merged what', notes, new Map(), () =>
      readCommitPulls(
        github,
        repository,
        commits.slice(0, mostCommits).map((one) => one.sha),
      ),
    ),
    tolerant('open pull requests', notes, [], () => readWaitingPulls(github, repository, infra, snapshot, now, notes)),
    tolerant(
      'deployments',
      notes,
      [],
      async () => (await readDeployments(github, repository, environments)).deployments,
    ),
  ]);
  return { pulls, open, deployments };
}

export async function tolerant<T>(what: string, notes: string[], otherwise: T, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof TrunklineError)) throw error;
    notes.push(`${what}: not known: ${error.message}${error.hint === undefined ? '' : ` (${error.hint})`}`);
    return otherwise;
  }
}

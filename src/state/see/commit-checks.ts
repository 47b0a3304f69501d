import type { GitHub } from '../../github/client.ts';
import { type CheckNode, checkFields } from './open-pulls.ts';
import { readPartly } from './partly.ts';
import { type TimedCheck, timed } from './trace-application.ts';

/** Checks and statuses of commits, in one query; a commit that GitHub does not know has none. */
export async function readCommitChecks(
  github: GitHub,
  repository: string,
  commits: readonly string[],
): Promise<ReadonlyMap<string, readonly TimedCheck[]>> {
  const wanted = [...new Set(commits)];
  if (wanted.length === 0) return new Map();
  const [owner = '', name = ''] = repository.split('/');
  const { data: answer } = await readPartly<{
    repository: Record<
      string,
      { statusCheckRollup?: { contexts: { nodes: readonly CheckNode[] } } | null } | null
    > | null;
  }>(
    github,
    `query Checks($owner: String!, $name: String!${wanted.map((_, i) => `, $c${i}: GitObjectID!`).join('')}) { repository(owner: $owner, name: $name) {
${wanted.map((_, i) => `c${i}: object(oid: $c${i}) { ... on Commit { statusCheckRollup { contexts(first: 100) { nodes { ${checkFields} } } } } }`).join('\n')}
} }`,
    { owner, name, ...Object.fromEntries(wanted.map((oid, i) => [`c${i}`, oid])) },
  );
  return new Map(wanted.map((oid, i) => [oid, timed(answer.repository?.[`c${i}`]?.statusCheckRollup ?? null)]));
}

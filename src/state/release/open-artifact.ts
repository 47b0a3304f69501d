import { TrunklineError } from '../../errors.ts';
import type { GitHub } from '../../github/client.ts';
import type { Ports } from '../../ports.ts';
import { findArtifact } from './find-artifact.ts';

/** The zip file of an artifact of the run that built a commit. @throws NOT_FOUND where it is missing or has expired */
export async function openArtifact(
  { fetch }: Pick<Ports, 'fetch'>,
  github: GitHub,
  repository: string,
  commit: string,
  name: string,
): Promise<{ readonly run: number; readonly response: Response }> {
  const { url, run } = await findArtifact(github, repository, commit, name);
  // The answer leads to a store that must not see the token: a fetch that follows leaves it behind.
  const response = await fetch(url, { headers: { authorization: `token ${await github.token()}` } });
  if (response.ok) return { run, response };
  throw new TrunklineError(
    response.status === 410 ? 'NOT_FOUND' : 'GITHUB_REFUSED',
    `expected the bytes of the artifact "${name}" (run ${run}), found ${response.status === 410 ? 'that it has expired meanwhile' : response.status}`,
    { hint: `gh run rerun ${run} --repo ${repository}` },
  );
}

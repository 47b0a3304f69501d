import type { ReleaseFile } from '../../../apply/github-release.ts';
import { TrunklineError } from '../../../errors.ts';
import type { GitHub } from '../../../github/client.ts';
import type { Ports } from '../../../ports.ts';
import { findArtifact } from '../../../state/release/find-artifact.ts';

/** Artifacts of the run that built a commit, as zip files. @throws NOT_FOUND where one is missing or has expired */
export async function fetchArtifacts(
  { fetch }: Ports,
  github: GitHub,
  repository: string,
  commit: string,
  names: readonly string[],
): Promise<readonly ReleaseFile[]> {
  const files: ReleaseFile[] = [];
  for (const name of names) {
    const artifact = await findArtifact(github, repository, commit, name);
    // The answer leads to a store that must not see the token: a fetch that follows leaves it behind.
    const response = await fetch(artifact.url, { headers: { authorization: `token ${await github.token()}` } });
    if (!response.ok)
      throw new TrunklineError(
        response.status === 410 ? 'NOT_FOUND' : 'GITHUB_REFUSED',
        `expected the bytes of the artifact "${name}" (run ${artifact.run}), found ${response.status === 410 ? 'that it has expired meanwhile' : response.status}`,
        { hint: `gh run rerun ${artifact.run} --repo ${repository}` },
      );
    files.push({
      name: `${name}.zip`,
      mediaType: 'application/zip',
      bytes: new Uint8Array(await response.arrayBuffer()),
    });
  }
  return files;
}

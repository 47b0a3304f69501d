import type { ReleaseFile } from '../../../apply/github-release.ts';
import type { GitHub } from '../../../github/client.ts';
import type { Ports } from '../../../ports.ts';
import { openArtifact } from '../../../state/release/open-artifact.ts';

/** Artifacts of the run that built a commit, as zip files. @throws NOT_FOUND where one is missing or has expired */
export async function fetchArtifacts(
  ports: Ports,
  github: GitHub,
  repository: string,
  commit: string,
  names: readonly string[],
): Promise<readonly ReleaseFile[]> {
  const files: ReleaseFile[] = [];
  for (const name of names) {
    const { response } = await openArtifact(ports, github, repository, commit, name);
    files.push({
      name: `${name}.zip`,
      mediaType: 'application/zip',
      bytes: new Uint8Array(await response.arrayBuffer()),
    });
  }
  return files;
}

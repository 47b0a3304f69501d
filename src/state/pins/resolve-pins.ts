import { rcompare, valid } from 'semver';
import { TrunklineError } from '../../errors.ts';
import { type GitHub, statusOf } from '../../github/client.ts';
import type { ActionPin, ToolPin } from '../../workflow/generate/lock.ts';
import { readTagCommit } from '../release/tag-commit.ts';

/** The newest release of a repository; where it makes none, its highest version tag. @throws NOT_FOUND */
export async function newestVersion(github: GitHub, repository: string): Promise<string> {
  const [owner = '', repo = ''] = repository.split('/');
  try {
    return (await github.request('GET /repos/{owner}/{repo}/releases/latest', { owner, repo })).data.tag_name;
  } catch (error) {
    if (statusOf(error) !== 404) throw error;
  }
  const { data } = await github.request('GET /repos/{owner}/{repo}/tags', { owner, repo, per_page: 100 });
  const [newest] = data
    .map(({ name }) => name)
    .filter((name) => valid(name) !== null)
    .sort(rcompare);
  if (newest !== undefined) return newest;
  throw new TrunklineError('NOT_FOUND', `expected a release or a version tag of ${repository}, found none`);
}

/** An action at a version, by the commit that its tag leads to now. `today`: such as 2026-11-25. @throws NOT_FOUND */
export async function resolveAction(
  github: GitHub,
  repository: string,
  version: string,
  today: string,
): Promise<ActionPin> {
  return { version, sha: await readTagCommit(github, repository, version), resolved: today };
}

/**
 * A tool at a version, by the checksum that GitHub keeps of its file; the file is called as before, but for the version.
 * @throws NOT_FOUND where the release has no such file, or GitHub no checksum of it
 */
export async function resolveTool(github: GitHub, before: ToolPin, version: string, today: string): Promise<ToolPin> {
  const [owner = '', repo = ''] = before.repository.split('/');
  const bare = (text: string): string => text.replace(/^v/, '');
  const asset = before.asset.replaceAll(bare(before.version), bare(version));
  const { data } = await github.request('GET /repos/{owner}/{repo}/releases/tags/{tag}', { owner, repo, tag: version });
  const found = data.assets.find(({ name }) => name === asset);
  const sha256 = /^sha256:([0-9a-f]{64})$/.exec(found?.digest ?? '')?.[1];
  if (sha256 === undefined)
    throw new TrunklineError(
      'NOT_FOUND',
      `expected ${asset} with its checksum in the release ${version} of ${before.repository}, found ${found === undefined ? 'no such file' : 'no checksum'}`,
    );
  return { ...before, version, asset, sha256, resolved: today };
}

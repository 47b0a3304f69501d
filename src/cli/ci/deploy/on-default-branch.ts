import { TrunklineError } from '../../../errors.ts';
import type { GitHub } from '../../../github/client.ts';

/**
 * Only what was reviewed is deployed, and that is what the default branch holds; answers its name, and whether
 * nothing was merged since.
 * Compare says `identical` or `behind` of a commit that is on the base (docs.github.com, "Compare two commits").
 * @throws POLICY_REFUSED also where GitHub does not know the commit
 */
export async function requireOnDefaultBranch(
  github: GitHub,
  repository: string,
  commit: string,
): Promise<{ readonly branch: string; readonly newest: boolean }> {
  const [owner = '', repo = ''] = repository.split('/');
  const { data } = await github.request('GET /repos/{owner}/{repo}', { owner, repo });
  const branch = data.default_branch;
  const status = await github
    .request('GET /repos/{owner}/{repo}/compare/{basehead}', {
      owner,
      repo,
      basehead: `${branch}...${commit}`,
      per_page: 1,
    })
    .then(
      (answer) => answer.data.status,
      (error: unknown) => {
        if (isUnknown(error)) return 'unknown to GitHub';
        throw error;
      },
    );
  if (status === 'identical' || status === 'behind') return { branch, newest: status === 'identical' };
  throw new TrunklineError(
    'POLICY_REFUSED',
    `expected a commit of ${branch} in ${repository}, found ${commit.slice(0, 12)} (${status})`,
    { hint: `deploy from ${branch}: what is there came through a pull request` },
  );
}

function isUnknown(error: unknown): boolean {
  const { cause } = error instanceof TrunklineError ? error : {};
  return cause instanceof Error && 'status' in cause && cause.status === 404;
}

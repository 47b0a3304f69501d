import { overriddenMark } from '../delivery/policy/policy-status.ts';
import { type GitHub, statusOf } from '../github/client.ts';
import { policyContext } from '../model/policy-context.ts';

/**
 * Whether the policy let the pull request of a commit through a freeze: its status on the head says so, written by an
 * App that is not the job's own. Needs `pull-requests: read` and `statuses: read`; without them nothing is known.
 */
export async function readOverride(github: GitHub, repository: string, commit: string): Promise<boolean> {
  const [owner = '', repo = ''] = repository.split('/');
  try {
    const { data: pulls } = await github.request('GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls', {
      owner,
      repo,
      commit_sha: commit,
    });
    const pull = pulls.find((one) => one.merge_commit_sha === commit);
    if (pull === undefined) return false;
    const { data: statuses } = await github.request('GET /repos/{owner}/{repo}/commits/{ref}/statuses', {
      owner,
      repo,
      ref: pull.head.sha,
      per_page: 100,
    });
    const said = statuses.find((one) => one.context === policyContext);
    const creator = said?.creator;
    return (
      said?.state === 'success' &&
      creator?.type === 'Bot' &&
      creator.login !== 'github-actions[bot]' &&
      (said.description ?? '').includes(overriddenMark)
    );
  } catch (error) {
    if ([403, 404].includes(statusOf(error) ?? 0)) return false;
    throw error;
  }
}

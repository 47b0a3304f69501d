import { portsOf } from '../delivery/hotfix-kept.ts';
import type { Step } from '../delivery/state.ts';
import { type GitHub, statusOf } from '../github/client.ts';
import type { Source } from '../model/release.ts';

/** How `head` stands to `base`, and the commits between, by GitHub's compare API (`contents: read` there). */
export async function readStep(github: GitHub, base: Source | undefined, head: Source | undefined): Promise<Step> {
  if (base === undefined || head === undefined || base.repository !== head.repository) return { ancestry: 'unknown' };
  if (base.commit === head.commit) return { ancestry: 'same', commits: [] };
  const [owner = '', repo = ''] = head.repository.split('/');
  try {
    const { data } = await github.request('GET /repos/{owner}/{repo}/compare/{basehead}', {
      owner,
      repo,
      basehead: `${base.commit}...${head.commit}`,
    });
    const commits = data.commits.map(({ sha, commit: { message } }) => ({
      sha,
      subject: message.split('\n')[0] ?? '',
      ports: portsOf(message),
    }));
    const ancestry = ({ ahead: 'newer', behind: 'older', identical: 'same', diverged: 'diverged' } as const)[
      data.status
    ];
    return { ancestry, commits };
  } catch (error) {
    if (statusOf(error) === 404) return { ancestry: 'unknown' };
    throw error;
  }
}

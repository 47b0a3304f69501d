import { TrunklineError } from '../../errors.ts';
import { type GitHub, statusOf } from '../../github/client.ts';
import type { Between } from './sources.ts';

/** Commits between two of a repository by GitHub's compare API, the newest hundred; undefined where it cannot be read. */
export async function betweenOnGitHub(
  github: GitHub,
  repository: string,
  base: string,
  head: string,
): Promise<Between | undefined> {
  if (base === head) return { direction: 'same', commits: [], total: 0 };
  const ahead = await compare(github, repository, base, head);
  if (ahead === undefined) return undefined;
  const direction = ({ ahead: 'ahead', behind: 'behind', identical: 'same', diverged: 'diverged' } as const)[
    ahead.status
  ];
  // Compared the other way round, GitHub lists what the first has and the second has not.
  const listed = direction === 'behind' ? await compare(github, repository, head, base) : ahead;
  return { direction, commits: listed?.commits ?? [], total: listed?.total ?? 0 };
}

async function compare(
  github: GitHub,
  repository: string,
  base: string,
  head: string,
): Promise<
  { status: 'ahead' | 'behind' | 'identical' | 'diverged'; commits: Between['commits']; total: number } | undefined
> {
  const [owner = '', repo = ''] = repository.split('/');
  const read = (page: number) =>
    github.request('GET /repos/{owner}/{repo}/compare/{basehead}', {
      owner,
      repo,
      basehead: `${base}...${head}`,
      per_page: 100,
      page,
    });
  try {
    const { data } = await read(1);
    const pages = Math.ceil(data.total_commits / 100);
    const last = pages > 1 ? (await read(pages)).data : data;
    return {
      status: data.status,
      total: data.total_commits,
      commits: last.commits.map((one) => ({
        sha: one.sha,
        subject: one.commit.message.split('\n')[0] ?? '',
        author: one.author?.login ?? one.commit.author?.name ?? '',
      })),
    };
  } catch (error) {
    if (error instanceof TrunklineError && [403, 404].includes(statusOf(error) ?? 0)) return undefined;
    throw error;
  }
}

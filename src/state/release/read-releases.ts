import type { GitHub } from '../../github/client.ts';

/** A GitHub release, as far as making and finding one needs it. */
export interface GithubRelease {
  readonly id: number;
  readonly tag_name: string;
  readonly name: string | null;
  readonly body?: string | null;
  readonly draft: boolean;
  readonly html_url: string;
  readonly upload_url: string;
  readonly assets: readonly GithubReleaseAsset[];
}

export interface GithubReleaseAsset {
  readonly id: number;
  readonly name: string;
  readonly size: number;
  readonly state: string;
  /** `sha256:…` where GitHub tells it. */
  readonly digest: string | null;
}

/** The newest thousand releases of a repository; drafts too where the token may write. */
export async function readReleases(github: GitHub, repository: string): Promise<readonly GithubRelease[]> {
  const [owner = '', repo = ''] = repository.split('/');
  const all: GithubRelease[] = [];
  for (let page = 1; page <= 10; page++) {
    const { data } = await github.request('GET /repos/{owner}/{repo}/releases', { owner, repo, per_page: 100, page });
    all.push(...data);
    if (data.length < 100) break;
  }
  return all;
}

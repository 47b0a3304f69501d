import type { JudgedPull } from '../delivery/policy/facts.ts';
import type { GitHub } from '../github/client.ts';
import { everyPage } from './find-pulls.ts';

export interface Difference extends Pick<JudgedPull, 'paths' | 'authors'> {
  /** Commit of the base branch that the difference is counted from. */
  readonly mergeBase: string;
}

/** What GitHub's compare API tells of files at once; beyond that the pull request's own list is read. */
const mostFiles = 300;

/** Paths and people of a pull request: one request for all but the largest. */
export async function readDifference(
  github: GitHub,
  repository: string,
  pull: { readonly number: number; readonly baseOid: string; readonly headOid: string; readonly delivery: boolean },
): Promise<Difference> {
  const [owner = '', repo = ''] = repository.split('/');
  const basehead = `${pull.baseOid}...${pull.headOid}`;
  const { data } = await github.request('GET /repos/{owner}/{repo}/compare/{basehead}', {
    owner,
    repo,
    basehead,
    per_page: 100,
    page: 1,
  });
  const commits = [...data.commits];
  for (let page = 2; commits.length < data.total_commits && page <= 30; page++) {
    const { data: more } = await github.request('GET /repos/{owner}/{repo}/compare/{basehead}', {
      owner,
      repo,
      basehead,
      per_page: 100,
      page,
    });
    if (more.commits.length === 0) break;
    commits.push(...more.commits);
  }
  const listed = data.files ?? [];
  const files =
    listed.length < mostFiles
      ? listed
      : await everyPage((page) =>
          github.request('GET /repos/{owner}/{repo}/pulls/{pull_number}/files', {
            owner,
            repo,
            pull_number: pull.number,
            per_page: 100,
            page,
          }),
        );
  return {
    paths: [...new Set(files.flatMap((file) => [file.filename, file.previous_filename ?? file.filename]))],
    authors: [
      ...commits.flatMap((commit) => peopleOf(commit, pull.delivery)),
      // Somebody wrote what could not be listed.
      ...(commits.length < data.total_commits ? [undefined] : []),
    ],
    mergeBase: data.merge_base_commit.sha,
  };
}

function loginOf(who: object | null | undefined): string | undefined {
  return who != null && 'login' in who && typeof who.login === 'string' ? who.login : undefined;
}

/**
 * Accounts behind a commit. Names and addresses in git are free text, so GitHub is believed to be the committer only
 * where it signed; then the author counts alone. A delivery App commits through the API, which signs: what is unsigned
 * in its pull requests came by somebody's push, whoever it names.
 */
function peopleOf(commit: DifferenceCommit, delivery: boolean): readonly (string | undefined)[] {
  const verified = commit.commit.verification?.verified === true;
  const author = loginOf(commit.author);
  const committer = loginOf(commit.committer);
  const github = committer === 'web-flow' || commit.commit.committer?.email?.toLowerCase() === 'noreply@github.com';
  const people = github ? (verified ? [author] : [author, undefined]) : [author, committer];
  return delivery && !verified ? [...people, undefined] : people;
}

interface DifferenceCommit {
  readonly author?: object | null;
  readonly committer?: object | null;
  readonly commit: {
    readonly committer?: { readonly email?: string } | null;
    readonly verification?: { readonly verified: boolean };
  };
}

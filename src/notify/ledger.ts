import type { GitHub } from '../github/client.ts';

/** Before what was told, as the context of a commit status. */
const context = 'told: ';

/** What was told of a commit: kept as a commit status, which outlives the job that told it. */
export interface Ledger {
  /** Labels of those that have heard it. */
  read(): Promise<readonly string[]>;
  /** All that have by now. */
  write(channels: readonly string[]): Promise<void>;
}

export function openLedger(
  github: GitHub,
  { repository, commit, key, url }: { repository: string; commit: string; key: string; url: string | undefined },
): Ledger {
  const [owner = '', repo = ''] = repository.split('/');
  const own = `${context}${key}`.slice(0, 255);
  return {
    read: async () => {
      const { data } = await github.request('GET /repos/{owner}/{repo}/commits/{ref}/statuses', {
        owner,
        repo,
        ref: commit,
        per_page: 100,
      });
      return data.find((one) => one.context === own)?.description?.split(', ') ?? [];
    },
    write: async (channels) => {
      await github.request('POST /repos/{owner}/{repo}/statuses/{sha}', {
        owner,
        repo,
        sha: commit,
        context: own,
        state: 'success',
        description: fitting(channels),
        ...(url === undefined ? {} : { target_url: url }),
      });
    },
  };
}

/** As many as GitHub takes in a description; one that is left out is told once more. */
function fitting(channels: readonly string[]): string {
  let text = '';
  for (const one of channels) {
    const longer = text === '' ? one : `${text}, ${one}`;
    if (longer.length <= 140) text = longer;
  }
  return text;
}

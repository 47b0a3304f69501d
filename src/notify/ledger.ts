import type { GitHub } from '../github/client.ts';
import { type ChannelName, channelSecrets } from './send-notification.ts';

/** Before what was told, as the context of a commit status. */
const context = 'told: ';

/** What was told of a commit: kept as a commit status, which outlives the job that told it. */
export interface Ledger {
  /** Channels that have heard it. */
  read(): Promise<readonly ChannelName[]>;
  /** All that have by now. */
  write(channels: readonly ChannelName[]): Promise<void>;
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
      const said = data.find((one) => one.context === own)?.description?.split(', ') ?? [];
      return (Object.keys(channelSecrets) as ChannelName[]).filter((name) => said.includes(name));
    },
    write: async (channels) => {
      await github.request('POST /repos/{owner}/{repo}/statuses/{sha}', {
        owner,
        repo,
        sha: commit,
        context: own,
        state: 'success',
        description: channels.join(', '),
        ...(url === undefined ? {} : { target_url: url }),
      });
    },
  };
}

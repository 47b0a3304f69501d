import type { Digest } from '../model/digest.ts';

/** What a GitHub release says of one service. */
export interface ShippedService {
  readonly service: string;
  readonly digest: Digest;
  /** Without tag or digest. */
  readonly image?: string;
  /** Who signed it; undefined where nobody looked. */
  readonly signer?: string;
}

/** A commit of the default branch's first-parent line, with the pull request that brought it. */
export interface ReleasedChange {
  readonly commit: string;
  readonly subject: string;
  readonly author: string;
  readonly pull?: { readonly number: number; readonly title: string; readonly author: string };
}

export interface NotesRequest {
  readonly server: string;
  readonly repository: string;
  readonly tag: string;
  readonly commit: string;
  readonly shipped: readonly ShippedService[];
  /** Newest first. */
  readonly changes: readonly ReleasedChange[];
  /** The release before this one; undefined for the first. */
  readonly previous: string | undefined;
}

/** In notes that are written here, and hardly anywhere else. */
export const releaseMark = '\n\nBuilt from [';

/** GitHub takes 125,000 characters. */
const mostChanges = 500;

/** What is shipped, and the changes since the release before: a pull request each, or a commit that came without one. */
export function releaseNotes(request: NotesRequest): string {
  const { server, repository, tag, commit, previous } = request;
  const lines = changeLines(request.changes);
  const shown = lines.slice(0, mostChanges);
  const more = lines.length - shown.length;
  const url = `${server}/${repository}`;
  return [
    ...request.shipped.map(shippedLine),
    `Built from [${commit.slice(0, 12)}](${url}/commit/${commit}).`,
    previous === undefined ? '## Changes' : `## Changes since ${previous}`,
    shown.length === 0 ? 'None.' : shown.join('\n'),
    ...(more > 0 ? [`… and ${more} more.`] : []),
    previous === undefined
      ? `**Full changelog**: ${url}/commits/${tag}`
      : `**Full changelog**: ${url}/compare/${previous}...${tag}`,
  ].join('\n\n');
}

function shippedLine({ service, digest, image, signer }: ShippedService): string {
  const name = image === undefined ? digest : `${image}@${digest}`;
  return `**${service}** \`${name}\`${signer === undefined ? '' : `, signed by ${signer}`}`;
}

function changeLines(changes: readonly ReleasedChange[]): readonly string[] {
  const seen = new Set<number>();
  return changes.flatMap(({ commit, subject, author, pull }) => {
    if (pull === undefined) return [`- ${plain(subject)} (${commit.slice(0, 12)}) by ${plain(author)}`];
    if (seen.has(pull.number)) return [];
    seen.add(pull.number);
    return [`- ${plain(pull.title)} (#${pull.number}) by @${pull.author}`];
  });
}

/** One line that neither calls people nor makes HTML: a title is anybody's text. */
function plain(text: string): string {
  return text
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/[<>]/g, (one) => (one === '<' ? '&lt;' : '&gt;'))
    .replaceAll('@', '@\u200b')
    .trim();
}

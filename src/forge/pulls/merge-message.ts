import type { Forge } from '../forge.ts';
import { type Commit, readCommits } from '../git/objects.ts';
import { repositoryFolder } from '../git/repository-folder.ts';
import type { MergeMethod, Pull } from '../rows.ts';
import { accountByEmail } from './pull-content.ts';

export interface MergeMessage {
  readonly title: string;
  readonly body: string;
}

/** What GitHub writes unless told otherwise (docs.github.com, "About pull request merges"). */
export async function defaultMergeMessage(forge: Forge, pull: Pull, method: MergeMethod): Promise<MergeMessage> {
  if (method !== 'squash') {
    const repository = forge.store.repositories.get(pull.headRepositoryId);
    const owner = forge.store.accounts.get(repository?.ownerId ?? 0)?.login ?? 'unknown';
    return { title: `Merge pull request #${pull.number} from ${owner}/${pull.headRef}`, body: pull.title };
  }
  const folder = repositoryFolder(forge, pull.repositoryId);
  const range = `${pull.baseSha}..${pull.headSha}`;
  const commits = await readCommits(folder, ['--reverse', '--no-merges', range]);
  const coAuthors = coAuthorsOf(forge, pull, commits);
  const messages = commits.map(({ message }) => message.trim()).filter((message) => message !== '');
  const [only = ''] = messages;
  if (messages.length === 1) {
    const [subject = '', ...rest] = only.split('\n');
    const body = rest.join('\n').trim();
    const more = coAuthors.filter((one) => !body.includes(one));
    return { title: `${subject} (#${pull.number})`, body: [body, more.join('\n')].filter(Boolean).join('\n\n') };
  }
  const body = messages.map((message) => `* ${message}`);
  if (coAuthors.length > 0) body.push('---------', coAuthors.join('\n'));
  return { title: `${pull.title} (#${pull.number})`, body: body.join('\n\n') };
}

/** Trailers for everybody who wrote commits of a squash but is not its author, and whom its commits name so. */
function coAuthorsOf(forge: Forge, pull: Pull, commits: readonly Commit[]): readonly string[] {
  const isAuthor = (email: string): boolean => accountByEmail(forge, email)?.id === pull.authorId;
  const named = commits.flatMap(({ message }) =>
    [...message.matchAll(/^co-authored-by: *(.+?) *<([^<>]+)> *$/gim)].map(([, name = '', email = '']) => ({
      name,
      email,
    })),
  );
  const people = [...commits.map(({ author }) => author), ...named].filter(({ email }) => !isAuthor(email));
  const byEmail = new Map(people.map(({ name, email }) => [email.toLowerCase(), `Co-authored-by: ${name} <${email}>`]));
  return [...byEmail.values()];
}

/** Title, blank line, body. */
export function joinMessage(message: MergeMessage): string {
  return message.body === '' ? message.title : `${message.title}\n\n${message.body}`;
}

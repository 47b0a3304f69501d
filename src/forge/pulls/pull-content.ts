import type { components } from '@octokit/openapi-types';
import type { Forge } from '../forge.ts';
import { type Commit, readCommits } from '../git/objects.ts';
import { repositoryFolder } from '../git/repository-folder.ts';
import { settledText } from '../git/settled-git.ts';
import { nodeId } from '../node-id.ts';
import { fullNameOf } from '../permissions.ts';
import { presentAccount } from '../present/account.ts';
import { presentVerification } from '../present/verification.ts';
import type { Account, Pull, Repository } from '../rows.ts';

const statuses: Readonly<Record<string, components['schemas']['diff-entry']['status']>> = {
  A: 'added',
  D: 'removed',
  M: 'modified',
  R: 'renamed',
  T: 'changed',
};

/** Files that differ between the merge base and the head, with patches; GitHub lists 3,000 at most. */
export async function listPullFiles(
  forge: Forge,
  repository: Repository,
  pull: Pull,
): Promise<readonly components['schemas']['diff-entry'][]> {
  const folder = repositoryFolder(forge, repository.id);
  const range = `${pull.baseSha}...${pull.headSha}`;
  const [raw, patches] = await Promise.all([
    settledText(folder, ['diff', '--raw', '--numstat', '--abbrev=40', '-z', '--no-renames', range]),
    settledText(folder, ['diff', '--no-renames', '--no-color', '--full-index', range]),
  ]);
  const api = `${forge.urls.api}/repos/${fullNameOf(forge, repository)}`;
  const html = `${forge.urls.html}/${fullNameOf(forge, repository)}`;
  const patchOf = patches
    .split(/^diff --git .*$/m)
    .slice(1)
    .map((text) => text.slice(Math.max(text.indexOf('\n@@'), 0) + 1));
  const fields = raw.split('\0');
  const counts = new Map(
    fields.flatMap((field) => {
      const match = /^(\d+|-)\t(\d+|-)\t([\s\S]+)$/.exec(field);
      return match?.[3] === undefined ? [] : [[match[3], [Number(match[1]) || 0, Number(match[2]) || 0]] as const];
    }),
  );
  const files = fields.flatMap((field, index) => {
    const match = /^:\d+ \d+ [0-9a-f]+ ([0-9a-f]+) ([A-Z])/.exec(field);
    return match === null ? [] : [{ sha: match[1] ?? '', letter: match[2] ?? 'M', filename: fields[index + 1] ?? '' }];
  });
  return files.slice(0, 3000).map(({ sha, letter, filename }, index) => {
    const [additions = 0, deletions = 0] = counts.get(filename) ?? [];
    const path = filename.split('/').map(encodeURIComponent).join('/');
    const patch = patchOf[index]?.trimEnd();
    return {
      sha: /^0+$/.test(sha) ? null : sha,
      filename,
      status: statuses[letter] ?? 'modified',
      additions,
      deletions,
      changes: additions + deletions,
      blob_url: `${html}/blob/${pull.headSha}/${path}`,
      raw_url: `${html}/raw/${pull.headSha}/${path}`,
      contents_url: `${api}/contents/${path}?ref=${pull.headSha}`,
      ...(patch?.startsWith('@@') === true ? { patch } : {}),
    };
  });
}

/** What a pull request changes, as `git diff` or `git format-patch` writes it. */
export function readDifference(
  forge: Forge,
  repository: Repository,
  pull: Pull,
  as: 'diff' | 'patch',
): Promise<string> {
  const args =
    as === 'diff'
      ? ['diff', '--no-color', `${pull.baseSha}...${pull.headSha}`]
      : ['format-patch', '--stdout', `${pull.baseSha}..${pull.headSha}`];
  return settledText(repositoryFolder(forge, repository.id), args);
}

/** Commits of the head that the base has not, oldest first; GitHub lists 250 at most. */
export async function listPullCommits(
  forge: Forge,
  repository: Repository,
  pull: Pull,
): Promise<readonly components['schemas']['commit'][]> {
  const range = `${pull.baseSha}..${pull.headSha}`;
  const commits = await readCommits(repositoryFolder(forge, repository.id), ['--reverse', '--topo-order', range]);
  return commits.slice(0, 250).map((commit) => presentPullCommit(forge, repository, commit));
}

function presentPullCommit(forge: Forge, repository: Repository, commit: Commit): components['schemas']['commit'] {
  const api = `${forge.urls.api}/repos/${fullNameOf(forge, repository)}`;
  const html = `${forge.urls.html}/${fullNameOf(forge, repository)}`;
  const { sha, tree, parents, author, committer, message } = commit;
  const account = (email: string) => {
    const found = accountByEmail(forge, email);
    return found === undefined ? null : presentAccount(forge, found);
  };
  return {
    url: `${api}/commits/${sha}`,
    sha,
    node_id: nodeId('Commit', `${repository.id}:${sha}`),
    html_url: `${html}/commit/${sha}`,
    comments_url: `${api}/commits/${sha}/comments`,
    commit: {
      url: `${api}/git/commits/${sha}`,
      author,
      committer,
      message,
      comment_count: 0,
      tree: { sha: tree, url: `${api}/git/trees/${tree}` },
      verification: presentVerification(forge, sha),
    },
    author: account(author.email),
    committer: account(committer.email),
    parents: parents.map((parent) => ({
      sha: parent,
      url: `${api}/commits/${parent}`,
      html_url: `${html}/commit/${parent}`,
    })),
  };
}

/** Whose commits bear this address: their own, or the noreply address that GitHub gave them. */
export function accountByEmail(forge: Forge, email: string): Account | undefined {
  const noreply = /^(\d+)\+.*@users\.noreply\.github\.com$/.exec(email);
  if (noreply?.[1] !== undefined) return forge.store.accounts.get(Number(noreply[1]));
  return [...forge.store.accounts.values()].find((one) => one.email !== null && one.email === email);
}

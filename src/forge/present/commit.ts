import type { Forge } from '../forge.ts';
import type { Commit, Person } from '../git/objects.ts';
import { nodeId } from '../node-id.ts';
import { fullNameOf } from '../permissions.ts';
import type { Account, Repository } from '../rows.ts';
import { presentAccount } from './account.ts';
import { presentVerification } from './verification.ts';

/** The account behind a commit's address: its own, or GitHub's no-reply address of it. */
export function accountOfEmail(forge: Forge, email: string): Account | undefined {
  const match = /^(?:(\d+)\+)?([^@]+)@users\.noreply\.github\.com$/.exec(email);
  if (match?.[1] !== undefined) return forge.store.accounts.get(Number(match[1]));
  if (match?.[2] !== undefined) return forge.store.accounts.by('login', match[2])[0];
  for (const account of forge.store.accounts.values()) if (account.email === email) return account;
  return undefined;
}

/** The form of `git/commits`. */
export function presentGitCommit(forge: Forge, repository: Repository, commit: Commit) {
  const base = `${forge.urls.api}/repos/${fullNameOf(forge, repository)}`;
  const page = `${forge.urls.html}/${fullNameOf(forge, repository)}/commit`;
  return {
    sha: commit.sha,
    node_id: nodeId('Commit', `${repository.id}:${commit.sha}`),
    url: `${base}/git/commits/${commit.sha}`,
    html_url: `${page}/${commit.sha}`,
    author: commit.author,
    committer: commit.committer,
    tree: { sha: commit.tree, url: `${base}/git/trees/${commit.tree}` },
    message: commit.message,
    parents: commit.parents.map((sha) => ({
      sha,
      url: `${base}/git/commits/${sha}`,
      html_url: `${page}/${sha}`,
    })),
    verification: presentVerification(forge, commit.sha),
  };
}

/** The form of `commits`. */
export function presentCommit(forge: Forge, repository: Repository, commit: Commit) {
  const base = `${forge.urls.api}/repos/${fullNameOf(forge, repository)}`;
  const page = `${forge.urls.html}/${fullNameOf(forge, repository)}/commit`;
  const plain = presentGitCommit(forge, repository, commit);
  return {
    sha: commit.sha,
    node_id: plain.node_id,
    commit: {
      author: commit.author,
      committer: commit.committer,
      message: commit.message,
      tree: plain.tree,
      url: plain.url,
      comment_count: 0,
      verification: plain.verification,
    },
    url: `${base}/commits/${commit.sha}`,
    html_url: `${page}/${commit.sha}`,
    comments_url: `${base}/commits/${commit.sha}/comments`,
    author: person(forge, commit.author),
    committer: person(forge, commit.committer),
    parents: commit.parents.map((sha) => ({ sha, url: `${base}/commits/${sha}`, html_url: `${page}/${sha}` })),
  };
}

function person(forge: Forge, { email }: Person) {
  const account = accountOfEmail(forge, email);
  return account === undefined ? null : presentAccount(forge, account);
}

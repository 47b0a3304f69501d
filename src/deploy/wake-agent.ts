import { createHmac, randomUUID } from 'node:crypto';
import { loginOf } from '../model/login-of.ts';
import type { Ports } from '../ports.ts';

export interface Pushed {
  /** `owner/name` of the infra repository. */
  readonly repository: string;
  readonly branch: string;
  readonly commit: string;
  readonly before: string;
  /** Paths that differ. */
  readonly modified: readonly string[];
}

/** The agent's own receiver for GitHub's push events, and the secret that it checks them by. */
export const agentSecrets = { url: 'AGENT_WEBHOOK_URL', secret: 'AGENT_WEBHOOK_SECRET' } as const;

/** It looks by itself every few minutes: nobody waits long for an answer. */
const patience = 10_000;

/**
 * Asks Argo CD (`/api/webhook`) or Flux (a Receiver of type github) to look now, with what GitHub itself would send for the
 * push. Answers what became of it; never throws: without it the agent is later, not wrong.
 */
export async function wakeAgent({ env, fetch }: Pick<Ports, 'env' | 'fetch'>, pushed: Pushed): Promise<string> {
  const url = env[agentSecrets.url] ?? '';
  if (url === '') return `nobody was asked to look: ${agentSecrets.url} is not set; the agent looks by itself`;
  if (!URL.canParse(url)) return `nobody was asked to look: ${agentSecrets.url} is no URL`;
  const to = new URL(url);
  const { host } = to;
  const login = loginOf(to);
  // fetch takes no URL with a login, and says it aloud.
  [to.username, to.password] = ['', ''];
  const authorization = login === undefined ? {} : { authorization: `Basic ${Buffer.from(login).toString('base64')}` };
  const body = JSON.stringify(payload(pushed, env['GITHUB_SERVER_URL'] ?? 'https://github.com'));
  const secret = env[agentSecrets.secret] ?? '';
  const sign = (hash: 'sha1' | 'sha256'): string => `${hash}=${createHmac(hash, secret).update(body).digest('hex')}`;
  const signed = secret === '' ? {} : { 'x-hub-signature': sign('sha1'), 'x-hub-signature-256': sign('sha256') };
  try {
    const response = await fetch(to, {
      method: 'POST',
      body,
      headers: {
        'content-type': 'application/json',
        'x-github-event': 'push',
        'x-github-delivery': randomUUID(),
        ...authorization,
        ...signed,
      },
      redirect: 'error',
      signal: AbortSignal.timeout(patience),
    });
    return response.ok
      ? `${host} was asked to look`
      : `${host} answered ${response.status} when it was asked to look; it looks by itself`;
  } catch (error) {
    return `${host} could not be asked to look (${error instanceof Error ? error.message : String(error)}); it looks by itself`;
  }
}

/** What the agents read of GitHub's push event (docs.github.com, "push"). */
function payload({ repository, branch, commit, before, modified }: Pushed, server: string): object {
  const [owner = '', name = ''] = repository.split('/');
  const url = `${server}/${repository}`;
  const change = { id: commit, added: [], modified, removed: [] };
  return {
    ref: `refs/heads/${branch}`,
    before,
    after: commit,
    repository: {
      name,
      full_name: repository,
      owner: { login: owner, name: owner },
      html_url: url,
      clone_url: `${url}.git`,
      ssh_url: `git@${new URL(server).host}:${repository}.git`,
      default_branch: branch,
    },
    commits: [change],
    head_commit: change,
  };
}

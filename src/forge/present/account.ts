import type { components } from '@octokit/openapi-types';
import type { Forge } from '../forge.ts';
import { nodeId } from '../node-id.ts';
import type { Account } from '../rows.ts';

type Json = components['schemas']['simple-user'];

/** An account as GitHub's JSON has it; accounts that are gone are its `ghost`. */
export function presentAccount(forge: Forge, account: Account | undefined): Json {
  const { id, login, type, siteAdmin } = account ?? {
    id: 10137,
    login: 'ghost',
    type: 'User' as const,
    siteAdmin: false,
  };
  const api = `${forge.urls.api}/users/${encodeURIComponent(login)}`;
  const bot = type === 'Bot';
  return {
    login,
    id,
    node_id: nodeId(type, id),
    avatar_url: `${forge.urls.html}/avatars/u/${id}`,
    gravatar_id: '',
    url: api,
    html_url: bot ? `${forge.urls.html}/apps/${login.replace('[bot]', '')}` : `${forge.urls.html}/${login}`,
    followers_url: `${api}/followers`,
    following_url: `${api}/following{/other_user}`,
    gists_url: `${api}/gists{/gist_id}`,
    starred_url: `${api}/starred{/owner}{/repo}`,
    subscriptions_url: `${api}/subscriptions`,
    organizations_url: `${api}/orgs`,
    repos_url: `${api}/repos`,
    events_url: `${api}/events{/privacy}`,
    received_events_url: `${api}/received_events`,
    type,
    site_admin: siteAdmin,
  };
}

export function presentAccountById(forge: Forge, id: number): Json {
  return presentAccount(forge, forge.store.accounts.get(id));
}

/** The address that GitHub writes into commits for somebody who keeps theirs private. */
export function noreplyEmail(account: Account): string {
  return account.email ?? `${account.id}+${account.login}@users.noreply.github.com`;
}

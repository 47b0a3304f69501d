import type { components } from '@octokit/openapi-types';
import type { Forge } from '../forge.ts';
import type { ForgeApp } from '../http.ts';
import { requireAccount } from '../permissions.ts';
import type { RateLimiter } from '../rate-limits/rate-limiter.ts';
import type { RequestCounts } from '../request-counts.ts';

/** The root, /meta, /rate_limit, /zen, and the lab's own count of requests. */
export function metaRoutes(app: ForgeApp, forge: Forge, counts: RequestCounts, limits: RateLimiter): void {
  const { api, html } = forge.urls;
  app.get('/', (c) => c.json(rootDocument(api, html)));
  app.get('/meta', (c) => c.json({ verifiable_password_authentication: false }));
  app.get('/zen', (c) => c.text('Keep it logically awesome.'));
  app.get('/rate_limit', (c) => {
    const identity = c.get('identity');
    const core = limits.state(identity, 'core');
    const graphql = limits.state(identity, 'graphql');
    const search = limits.state(identity, 'search');
    return c.json({ resources: { core, graphql, search }, rate: core });
  });
  // Not GitHub's: how we measure what a client costs.
  app.get('/_lab/requests', (c) => {
    requireAccount(c.get('identity'));
    return c.json({ requests: counts.list() });
  });
}

/** Where everything is, as GitHub's root answers it: also what is not served here. */
function rootDocument(api: string, html: string): components['schemas']['root'] {
  const paths = {
    current_user_url: '/user',
    authorizations_url: '/authorizations',
    code_search_url: '/search/code?q={query}{&page,per_page,sort,order}',
    commit_search_url: '/search/commits?q={query}{&page,per_page,sort,order}',
    emails_url: '/user/emails',
    emojis_url: '/emojis',
    events_url: '/events',
    feeds_url: '/feeds',
    followers_url: '/user/followers',
    following_url: '/user/following{/target}',
    gists_url: '/gists{/gist_id}',
    issue_search_url: '/search/issues?q={query}{&page,per_page,sort,order}',
    issues_url: '/issues',
    keys_url: '/user/keys',
    label_search_url: '/search/labels?q={query}&repository_id={repository_id}{&page,per_page}',
    notifications_url: '/notifications',
    organization_url: '/orgs/{org}',
    organization_repositories_url: '/orgs/{org}/repos{?type,page,per_page,sort}',
    organization_teams_url: '/orgs/{org}/teams',
    public_gists_url: '/gists/public',
    rate_limit_url: '/rate_limit',
    repository_url: '/repos/{owner}/{repo}',
    repository_search_url: '/search/repositories?q={query}{&page,per_page,sort,order}',
    current_user_repositories_url: '/user/repos{?type,page,per_page,sort}',
    starred_url: '/user/starred{/owner}{/repo}',
    starred_gists_url: '/gists/starred',
    user_url: '/users/{user}',
    user_organizations_url: '/user/orgs',
    user_repositories_url: '/users/{user}/repos{?type,page,per_page,sort}',
    user_search_url: '/search/users?q={query}{&page,per_page,sort,order}',
  };
  const urls = Object.fromEntries(Object.entries(paths).map(([name, path]) => [name, `${api}${path}`]));
  const connections = `${html}/settings/connections/applications{/client_id}`;
  return { ...(urls as typeof paths), current_user_authorizations_html_url: connections };
}

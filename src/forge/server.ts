import { Hono } from 'hono';
import { routePath } from 'hono/route';
import { authenticate } from './authenticate.ts';
import { answerConditionally } from './conditional-answer.ts';
import { isDiskFull } from './disk-full.ts';
import type { Forge } from './forge.ts';
import { ApiError, type ForgeApp, type Identity } from './http.ts';
import { acceptedPermissions, fullNameOf } from './permissions.ts';
import type { Cost, RateLimit, RateLimiter, Resource } from './rate-limits/rate-limiter.ts';
import { refuseExcess } from './rate-limits/refuse-excess.ts';
import type { RequestCounts } from './request-counts.ts';

const documentation = 'https://docs.github.com/rest';
const mutatingMethods = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);
/** GitHub refuses larger bodies long before this. */
const largestBody = 100 * 1024 * 1024;

/** The API's application: who asks, GitHub's headers and errors, counting. Routes are mounted by the caller. */
export function createApiApp(
  forge: Forge,
  counts: RequestCounts,
  limits: RateLimiter,
  log: (text: string) => void,
): ForgeApp {
  const app: ForgeApp = new Hono();
  app.use(async (c, next) => {
    c.header('X-GitHub-Request-Id', requestId(forge));
    c.header('X-GitHub-Media-Type', 'github.v3; format=json');
    c.header('X-GitHub-Api-Version-Selected', c.req.header('x-github-api-version') ?? '2022-11-28');
    if (Number(c.req.header('content-length') ?? 0) > largestBody) throw new ApiError(413, 'Payload too large');
    const identity = authenticate(forge, c.req.header('authorization'));
    c.set('identity', identity);
    const numeric = numericRoute(forge, c.req.path);
    if (numeric !== undefined)
      return app.fetch(new Request(new URL(numeric + new URL(c.req.url).search, c.req.url), c.req.raw));
    const { method, path } = c.req;
    const mutating = mutatingMethods.has(method);
    const resource = resourceOf(path);
    const end = limits.begin(identity);
    const counted = path !== '/graphql' && path !== '/rate_limit' && !path.startsWith('/_lab/');
    try {
      if (typeof end !== 'function') throw refuseExcess(identity, end);
      const excess = counted ? limits.take(identity, costOf(method, path, resource)) : undefined;
      if (excess !== undefined) throw refuseExcess(identity, excess);
      await next();
      const unchanged = await answerConditionally(c);
      if (unchanged && counted) limits.giveBack(identity, resource);
    } finally {
      if (typeof end === 'function') end();
      describeIdentity(identity, path, limits.state(identity, resource), resource, (name, value) =>
        c.header(name, value),
      );
    }
    const route = routePath(c, -1);
    if (route !== '/graphql') counts.add(identity, { kind: 'rest', method, route, mutating });
    return undefined;
  });
  app.notFound((c) => c.json({ message: 'Not Found', documentation_url: documentation, status: '404' }, 404));
  app.onError((error, c) => {
    const refusal = error instanceof ApiError ? error : undefined;
    const status = refusal?.status ?? 500;
    if (refusal === undefined) log(`${c.req.method} ${c.req.path}: ${error.stack ?? error.message}`);
    for (const [name, value] of Object.entries(refusal?.headers ?? {})) c.header(name, value);
    const message = refusal?.message ?? (isDiskFull(error) ? diskFull : 'Server Error');
    const errors = refusal?.errors === undefined ? {} : { errors: refusal.errors };
    return c.json({ message, ...errors, documentation_url: documentation, status: String(status) }, status);
  });
  return app;
}

/** GitHub's disks are never full; here whoever asked must know why nothing was done. */
const diskFull =
  'Server Error: the disk that holds this forge is full. What was asked for is not recorded: free some space and ask again.';

/** `/repositories/:id/…` is `/repos/:owner/:name/…` of the repository with that id. */
function numericRoute(forge: Forge, path: string): string | undefined {
  const match = /^\/repositories\/(\d+)(\/.*)?$/.exec(path);
  if (match === null) return undefined;
  const repository = forge.store.repositories.get(Number(match[1]));
  if (repository === undefined) throw new ApiError(404, 'Not Found');
  return `/repos/${fullNameOf(forge, repository)}${match[2] ?? ''}`;
}

function resourceOf(path: string): Resource {
  if (path === '/graphql') return 'graphql';
  return path.startsWith('/search/') ? 'search' : 'core';
}

/** What makes content is not defined; counted is, to be on the safe side, whatever changes something and is no token. */
function costOf(method: string, path: string, resource: Resource): Cost {
  const mutating = mutatingMethods.has(method);
  const content = mutating && method !== 'DELETE' && !path.endsWith('/access_tokens');
  const endpoint = `${method} ${path.replace(/^\/repos\/[^/]+\/[^/]+/, '/repos/*/*').replaceAll(/\/(?:\d+|[0-9a-f]{40})(?=\/|$)/g, '/*')}`;
  return { resource, points: 1, mutating, content, endpoint };
}

function describeIdentity(
  identity: Identity,
  path: string,
  limit: RateLimit,
  resource: Resource,
  set: (name: string, value: string) => void,
): void {
  set('X-RateLimit-Limit', String(limit.limit));
  set('X-RateLimit-Remaining', String(limit.remaining));
  set('X-RateLimit-Used', String(limit.used));
  set('X-RateLimit-Reset', String(limit.reset));
  set('X-RateLimit-Resource', resource);
  const { token } = identity;
  if (token?.kind === 'classic') {
    set('X-OAuth-Scopes', (token.scopes ?? []).join(', '));
    set('X-Accepted-OAuth-Scopes', acceptedScopes(path));
  }
  const permissions = token === undefined || token.kind === 'classic' ? undefined : acceptedPermissions(identity);
  if (permissions !== undefined) set('X-Accepted-GitHub-Permissions', permissions);
  const expires = token?.kind === 'classic' || token?.kind === 'fine-grained' ? token.expiresAt : null;
  if (expires !== null && expires !== undefined)
    set('GitHub-Authentication-Token-Expiration', expires.replace('T', ' ').replace(/(?:\.\d+)?Z$/, ' UTC'));
}

/** Scopes of which one would do, where a route asks for any. */
function acceptedScopes(path: string): string {
  if (path.startsWith('/repos/')) return 'repo';
  if (path.startsWith('/orgs/')) return 'admin:org, read:org, repo, user, write:org';
  return '';
}

function requestId(forge: Forge): string {
  const hex = Buffer.from(forge.random(16)).toString('hex').toUpperCase();
  return [hex.slice(0, 4), hex.slice(4, 8), hex.slice(8, 14), hex.slice(14, 20), hex.slice(20, 28)].join(':');
}

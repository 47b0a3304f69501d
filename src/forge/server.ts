import { Hono } from 'hono';
import { routePath } from 'hono/route';
import { authenticate } from './authenticate.ts';
import { isDiskFull } from './disk-full.ts';
import type { Forge } from './forge.ts';
import { ApiError, type ForgeApp, type Identity } from './http.ts';
import { fullNameOf } from './permissions.ts';
import { type RateLimit, rateLimit } from './rate-limit.ts';
import type { RequestCounts } from './request-counts.ts';

const documentation = 'https://docs.github.com/rest';
const mutatingMethods = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);
/** GitHub refuses larger bodies long before this. */
const largestBody = 100 * 1024 * 1024;

/** The API's application: who asks, GitHub's headers and errors, counting. Routes are mounted by the caller. */
export function createApiApp(forge: Forge, counts: RequestCounts, log: (text: string) => void): ForgeApp {
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
    await next();
    const route = routePath(c, -1);
    if (route !== '/graphql') {
      counts.add(identity, { kind: 'rest', method: c.req.method, route, mutating: mutatingMethods.has(c.req.method) });
    }
    describeIdentity(identity, rateLimit(forge, identity, counts), (name, value) => c.res.headers.set(name, value));
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

function describeIdentity(identity: Identity, limit: RateLimit, set: (name: string, value: string) => void): void {
  set('X-RateLimit-Limit', String(limit.limit));
  set('X-RateLimit-Remaining', String(limit.remaining));
  set('X-RateLimit-Used', String(limit.used));
  set('X-RateLimit-Reset', String(limit.reset));
  set('X-RateLimit-Resource', 'core');
  if (identity.token?.kind === 'classic') set('X-OAuth-Scopes', (identity.token.scopes ?? []).join(', '));
}

function requestId(forge: Forge): string {
  const hex = Buffer.from(forge.random(16)).toString('hex').toUpperCase();
  return [hex.slice(0, 4), hex.slice(4, 8), hex.slice(8, 14), hex.slice(14, 20), hex.slice(20, 28)].join(':');
}

import type { IncomingMessage, ServerResponse } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { Hono } from 'hono';
import { authenticate } from './authenticate.ts';
import type { Forge } from './forge.ts';
import { gitRoutes } from './git/git-routes.ts';
import { ApiError, type ForgeApp } from './http.ts';
import type { RequestCounts } from './request-counts.ts';
import { isResultsPath, resultsListener } from './results/results-listener.ts';

export type Listener = (request: IncomingMessage, response: ServerResponse) => void;

const gitPath = /^\/[^/]+\/[^/]+\/(?:info\/refs|git-upload-pack|git-receive-pack)$/;

/**
 * Answers as github.com (git), api.github.com (REST, GraphQL), or, under any other name, as both:
 * git where the path is git's, REST also under /api/v3, GraphQL also under /api/graphql. Artifacts and caches have paths
 * of their own, whatever the name.
 */
export function createListener(
  api: ForgeApp,
  forge: Forge,
  counts: RequestCounts,
  log: (text: string) => void,
): Listener {
  const web = createWebApp(forge, counts, log);
  const respond = (request: Request): Response | Promise<Response> => {
    const url = new URL(request.url);
    if (gitPath.test(url.pathname)) return web.fetch(request);
    if (sameHost(url, forge.urls.html) && !sameHost(url, forge.urls.api)) return web.fetch(request);
    const inner = apiPath(url.pathname);
    return api.fetch(inner === url.pathname ? request : new Request(new URL(inner + url.search, url), request));
  };
  const listener = getRequestListener(respond, { overrideGlobalObjects: false });
  const results = resultsListener(forge, log);
  return (request, response) => {
    if (isResultsPath(request.url ?? '')) {
      results(request, response);
      return;
    }
    listener(request, response).catch((error: unknown) => {
      log(`a request could not be answered: ${String(error)}`);
      response.destroy();
    });
  };
}

function apiPath(path: string): string {
  if (path === '/api/graphql' || path === '/api/v3/graphql') return '/graphql';
  return path === '/api/v3' ? '/' : path.replace(/^\/api\/v3\//, '/');
}

function sameHost(url: URL, other: string): boolean {
  return url.hostname === new URL(other).hostname;
}

function createWebApp(forge: Forge, counts: RequestCounts, log: (text: string) => void): ForgeApp {
  const app: ForgeApp = new Hono();
  app.use(async (c, next) => {
    const identity = authenticate(forge, c.req.header('authorization'));
    c.set('identity', identity);
    await next();
    const service = c.req.path.endsWith('/info/refs') ? c.req.query('service') : c.req.path.split('/').at(-1);
    const mutating = c.req.method === 'POST' && service === 'git-receive-pack';
    counts.add(identity, { kind: 'git', method: c.req.method, route: service ?? '', mutating });
  });
  app.onError((error, c) => {
    if (!(error instanceof ApiError)) log(`git over HTTP failed: ${error.stack ?? error.message}`);
    const status = error instanceof ApiError ? error.status : 500;
    if (status === 401) c.header('WWW-Authenticate', 'Basic realm="GitHub"');
    return c.text(error instanceof ApiError ? error.message : 'Server Error', status);
  });
  gitRoutes(app, forge);
  app.notFound((c) =>
    c.html('<!doctype html><title>Page not found</title><p>This is not the web page you are looking for.', 404),
  );
  return app;
}

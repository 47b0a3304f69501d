import http from 'node:http';

/** Answers JSON by `"GET /path"`; handlers get the body and the path's last part, and return a status and a value. */
export function createServer(routes) {
  return http.createServer((request, response) => {
    const answer = ([status, value]) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(`${JSON.stringify(value)}\n`);
    };
    handle(routes, request).then(answer, (error) => answer([500, { message: error.message }]));
  });
}

async function handle(routes, request) {
  const { pathname } = new URL(request.url, 'http://localhost');
  const exact = routes[`${request.method} ${pathname}`];
  if (exact !== undefined) return exact(await body(request));
  const parts = pathname.split('/');
  const last = decodeURIComponent(parts.pop());
  const route = routes[`${request.method} ${parts.join('/')}/:id`];
  return route === undefined ? [404, { message: 'not found' }] : route(await body(request), last);
}

async function body(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8') || '{}');
  } catch {
    return undefined;
  }
}

/** Serves until it is told to end. */
export function serve(name, routes, close = async () => {}) {
  const server = createServer(routes);
  server.listen(Number(process.env.PORT ?? 8080), () => {
    process.stdout.write(`${name} listens on ${server.address().port}\n`);
  });
  process.on('SIGTERM', () => {
    server.close(() => close());
    server.closeAllConnections();
  });
}

/** The commit that the image was built from. */
export const commit = process.env.REVISION ?? 'unknown';

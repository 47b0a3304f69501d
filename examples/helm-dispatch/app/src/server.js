import http from 'node:http';

/** GET /, GET /health, POST /notes { text }, GET /notes/:id */
export function createServer({ notes, commit, longest }) {
  return http.createServer((request, response) => {
    handle(request, { notes, commit, longest }).then(
      ([status, body]) => {
        response.writeHead(status, { 'content-type': 'application/json' });
        response.end(`${JSON.stringify(body)}\n`);
      },
      (error) => {
        response.writeHead(500, { 'content-type': 'application/json' });
        response.end(`${JSON.stringify({ message: error.message })}\n`);
      },
    );
  });
}

async function handle(request, { notes, commit, longest }) {
  const { pathname } = new URL(request.url, 'http://localhost');
  const route = `${request.method} ${pathname}`;
  if (route === 'GET /') return [200, { service: 'notes', commit, notes: await notes.count() }];
  if (route === 'GET /health') return longest > 0 ? [200, { status: 'ok', commit }] : [503, { status: 'no note fits', commit }];
  if (route === 'POST /notes') {
    const text = await textOf(request, longest);
    return text === undefined ? [422, { message: `expected {"text": "…"} of at most ${longest} letters` }] : [201, await notes.add(text)];
  }
  const note = await notes.find(/^GET \/notes\/(.+)$/.exec(route)?.[1] ?? '');
  return note === undefined ? [404, { message: 'not found' }] : [200, note];
}

async function textOf(request, longest) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  try {
    const { text } = JSON.parse(Buffer.concat(chunks).toString('utf8'));
    return typeof text === 'string' && text !== '' && text.length <= longest ? text : undefined;
  } catch {
    return undefined;
  }
}

import http from 'node:http';

/** GET /, GET /health, GET /orders, GET /orders/:id, POST /orders { item, quantity } */
export function createServer({ store, commit }) {
  return http.createServer((request, response) => {
    const answer = (status, body) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(`${JSON.stringify(body)}\n`);
    };
    handle(request, { store, commit }).then(
      ([status, body]) => answer(status, body),
      (error) => answer(error instanceof RangeError ? 507 : 500, { message: error.message }),
    );
  });
}

async function handle(request, { store, commit }) {
  const { pathname } = new URL(request.url, 'http://localhost');
  const route = `${request.method} ${pathname}`;
  if (route === 'GET /') return [200, { service: 'orders-api', commit, orders: store.list().length }];
  if (route === 'GET /health') {
    const problem = await store.problem();
    return problem === undefined ? [200, { status: 'ok', commit }] : [503, { status: 'failing', commit, problem }];
  }
  if (route === 'GET /orders') return [200, store.list()];
  if (route === 'POST /orders') {
    const order = parseOrder(await text(request));
    return order === undefined
      ? [422, { message: 'expected {"item": "…", "quantity": 1 or more}' }]
      : [201, await store.add(order)];
  }
  const id = /^GET \/orders\/(\d+)$/.exec(route)?.[1];
  const order = id === undefined ? undefined : store.get(Number(id));
  return order === undefined ? [404, { message: 'not found' }] : [200, order];
}

function parseOrder(body) {
  try {
    const { item, quantity } = JSON.parse(body);
    return typeof item === 'string' && item !== '' && Number.isInteger(quantity) && quantity > 0
      ? { item, quantity }
      : undefined;
  } catch {
    return undefined;
  }
}

async function text(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

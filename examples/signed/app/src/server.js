import http from 'node:http';
import { priceOf } from './prices.js';

/** GET /health, GET /price?item=tea&quantity=2 */
export function createServer(commit) {
  return http.createServer((request, response) => {
    const [status, body] = answer(new URL(request.url, 'http://localhost'), commit);
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(`${JSON.stringify(body)}\n`);
  });
}

function answer({ pathname, searchParams }, commit) {
  if (pathname === '/health') return [200, { status: 'ok', commit }];
  if (pathname !== '/price') return [404, { message: 'not found' }];
  const quantity = Number(searchParams.get('quantity') ?? '1');
  if (!Number.isInteger(quantity) || quantity < 1) return [422, { message: 'expected a quantity of 1 or more' }];
  const cents = priceOf(searchParams.get('item'), quantity);
  return cents === undefined ? [404, { message: 'not sold here' }] : [200, { cents }];
}

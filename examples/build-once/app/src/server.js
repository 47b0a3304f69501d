import http from 'node:http';
import { convert, units } from './units.js';

/** GET /, GET /health, GET /convert?value=1&from=km&to=mi; with pages, GET /units as a page for people. */
export function createServer({ commit, pages, digits }) {
  return http.createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url, 'http://localhost');
    const rounded = (value) => Number(value.toPrecision(digits));
    const answer = (status, body, type = 'application/json') => {
      response.writeHead(status, { 'content-type': type });
      response.end(type === 'application/json' ? `${JSON.stringify(body)}\n` : body);
    };
    if (pathname === '/') return answer(200, { service: 'units', commit, pages });
    if (pathname === '/health') {
      const mile = rounded(convert(1, 'mi', 'km'));
      return mile === 1.609344 ? answer(200, { status: 'ok', commit }) : answer(503, { status: `a mile is ${mile} km`, commit });
    }
    if (pathname === '/convert') {
      const [from, to] = [searchParams.get('from') ?? '', searchParams.get('to') ?? ''];
      const result = convert(Number(searchParams.get('value') ?? '1'), from, to);
      return result === undefined ? answer(422, { message: `cannot convert ${from} to ${to}` }) : answer(200, { result: rounded(result) });
    }
    if (pathname === '/units' && pages) {
      return answer(200, `<!doctype html><title>Units</title><ul>${units.map((unit) => `<li>${unit}`).join('')}</ul>\n`, 'text/html');
    }
    return answer(404, { message: 'not found' });
  });
}

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import type { ReadableStream as WebStream } from 'node:stream/web';
import { gzipSync } from 'node:zlib';
import { afterEach, expect, test } from 'vitest';
import { proxyFetch, proxyOf } from './proxy-fetch.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});
async function listen(server: Server): Promise<string> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test.each([
  ['https://api.github.com/x', { HTTPS_PROXY: 'http://p:1' }, 'http://p:1'],
  ['https://api.github.com/x', { HTTPS_PROXY: 'p:1' }, 'http://p:1'],
  ['https://api.github.com/x', { HTTPS_PROXY: 'http://p:1', https_proxy: 'http://q:1' }, 'http://q:1'],
  ['https://api.github.com/x', { HTTP_PROXY: 'http://p:1' }, undefined],
  ['http://dev.test/x', { HTTP_PROXY: 'http://p:1' }, 'http://p:1'],
  ['https://api.github.com/x', { HTTPS_PROXY: 'http://p:1', NO_PROXY: 'a.test, github.com' }, undefined],
  ['https://api.github.com/x', { HTTPS_PROXY: 'http://p:1', NO_PROXY: '.github.com' }, undefined],
  ['https://notgithub.com/x', { HTTPS_PROXY: 'http://p:1', NO_PROXY: 'github.com' }, 'http://p:1'],
  ['https://github.com/x', { HTTPS_PROXY: 'http://p:1', NO_PROXY: 'github.com:8443' }, 'http://p:1'],
  ['https://[::1]/x', { HTTPS_PROXY: 'http://p:1', NO_PROXY: '127.0.0.1,::1' }, undefined],
  ['https://github.com/x', { HTTPS_PROXY: 'http://p:1', NO_PROXY: '*' }, undefined],
])('%s with %j goes through %s', (url, env, proxy) => {
  expect(proxyOf(env, new URL(url))).toBe(proxy);
});

test('asks http through the proxy and https through a tunnel, with the password it was given', async () => {
  const seen: string[] = [];
  const proxy = createServer((request, response) => {
    seen.push(`${request.url} ${request.headers['proxy-authorization']} ${request.headers.host}`);
    response.writeHead(200, { 'content-encoding': 'gzip', 'content-type': 'text/plain' }).end(gzipSync('hello'));
  });
  proxy.on('connect', (request, socket) => {
    seen.push(`CONNECT ${request.url} ${request.headers['proxy-authorization']}`);
    socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
  });
  const url = (await listen(proxy)).replace('//', '//me:s%20t@');
  const fetch = proxyFetch({ HTTP_PROXY: url, HTTPS_PROXY: url });
  const answer = await fetch('http://dev.test/health?x=1');
  expect([answer.status, await answer.text(), answer.headers.get('Content-Type')]).toEqual([
    200,
    'hello',
    'text/plain',
  ]);
  await expect(fetch('https://api.github.com/')).rejects.toThrow(/answered 403 to CONNECT api\.github\.com:443/);
  const basic = `Basic ${Buffer.from('me:s t').toString('base64')}`;
  expect(seen).toEqual([`http://dev.test/health?x=1 ${basic} dev.test`, `CONNECT api.github.com:443 ${basic}`]);
});

test('follows redirects, and gives the authorization to no other host', async () => {
  const other = await listen(createServer((request, response) => response.end(`${request.headers.authorization}`)));
  const first = await listen(
    createServer((request, response) => {
      if (request.url === '/same') response.end(`${request.method} ${request.headers.authorization}`);
      else
        response
          .writeHead(request.url === '/moved' ? 307 : 302, { location: request.url === '/moved' ? '/same' : other })
          .end();
    }),
  );
  const fetch = proxyFetch({});
  const headers = { authorization: 'token t' };
  expect(await (await fetch(`${first}/moved`, { method: 'POST', body: '{}', headers })).text()).toBe('POST token t');
  expect(await (await fetch(`${first}/away`, { headers })).text()).toBe('undefined');
  expect((await fetch(`${first}/away`, { headers, redirect: 'manual' })).status).toBe(302);
});

test('keeps its connection, ends when it is told to, and says what broke', async () => {
  let connections = 0;
  const server = createServer((request, response) => {
    if (request.url === '/broken') request.socket.destroy();
    else if (request.url !== '/slow') response.end('{"a":1}');
  });
  server.on('connection', () => {
    connections += 1;
  });
  const url = await listen(server);
  const fetch = proxyFetch({});
  for (let round = 0; round < 3; round++) expect(await (await fetch(url)).json()).toEqual({ a: 1 });
  expect(connections).toBe(1);
  await expect(fetch(`${url}/broken`)).rejects.toThrow(/socket hang up|ECONNRESET/);
  const stop = new AbortController();
  const slow = fetch(`${url}/slow`, { signal: stop.signal });
  setTimeout(() => stop.abort(), 20);
  await expect(slow).rejects.toMatchObject({ name: 'AbortError' });
});

test('sends a stream as it comes, and hands a large answer on as it comes', async () => {
  const size = 3 * 1024 * 1024;
  const url = await listen(
    createServer((request, response) => {
      let got = 0;
      request.on('data', (chunk: Buffer) => {
        got += chunk.length;
      });
      request.on('end', () => {
        if (request.url === '/away') response.writeHead(307, { location: '/elsewhere' }).end();
        else if (request.method === 'PUT') response.end(`${got} of ${request.headers['content-length']}`);
        else response.writeHead(200, { 'content-length': size }).end(Buffer.alloc(size, 'x'));
      });
    }),
  );
  const fetch = proxyFetch({});
  const stream = (): RequestInit => ({
    method: 'PUT',
    headers: { 'content-length': String(size) },
    body: Readable.toWeb(Readable.from([Buffer.alloc(size - 1), Buffer.alloc(1)])) as ReadableStream,
  });
  expect(await (await fetch(url, stream())).text()).toBe(`${size} of ${size}`);
  // It would have to be read a second time.
  await expect(fetch(`${url}/away`, stream())).rejects.toThrow('a stream is sent only once');
  const answer = await fetch(url);
  let read = 0;
  for await (const chunk of Readable.fromWeb(answer.body as WebStream)) read += (chunk as Buffer).length;
  expect(read).toBe(size);
  expect((await (await fetch(url)).arrayBuffer()).byteLength).toBe(size);
});

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { commands } from '../commands.ts';
import { dispatch } from '../dispatch.ts';

let folder: string;
let server: Server;
let base: string;
let asked: string[] = [];
const slept: number[] = [];

function* endless(): Generator<Buffer> {
  for (;;) yield Buffer.alloc(65_536, 'x');
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'smoke-'));
  mkdirSync(join(folder, '.trunkline'));
  server = createServer((message, response) => {
    asked.push(`${message.method} ${message.url}`);
    if (message.url === '/late' && asked.length < 3) return response.writeHead(503).end('warming up');
    if (message.url === '/endless') return Readable.from(endless()).pipe(response);
    if (message.url === '/moved') return response.writeHead(302, { location: '/' }).end();
    return response
      .writeHead(200, { 'content-type': 'application/json; charset=utf-8' })
      .end('{"status":"ok","items":[{"id":3}]}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true });
});

async function smoke(checks: unknown, ...args: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  asked = [];
  slept.length = 0;
  const text = typeof checks === 'string' ? checks : JSON.stringify({ checks });
  writeFileSync(join(folder, '.trunkline/smoke.yaml'), text);
  const texts = { out: '', err: '' };
  const output = (name: 'out' | 'err') => ({
    write: (part: string) => {
      texts[name] += part;
    },
    isTTY: false,
    columns: 100,
  });
  let now = 0;
  const code = await dispatch(['ci', 'smoke', '--environment', 'prod', '--service', 'orders', ...args], commands, {
    clock: {
      now: () => {
        now += 5;
        return now;
      },
      sleep: async (ms) => void slept.push(ms),
    },
    random: (bytes) => new Uint8Array(bytes),
    env: { PATH: process.env['PATH'] },
    fetch,
    stdout: output('out'),
    stderr: output('err'),
    cwd: folder,
    interrupted: new AbortController().signal,
  });
  return { code, ...texts };
}

test('all that is expected of an answer holds, and names are filled in', async () => {
  const found = await smoke([
    {
      url: `${base}/{environment}/{service}`,
      expect: {
        status: [200, 204],
        body: '"ok"',
        matches: 'id":[0-9]+',
        headers: { 'Content-Type': 'application/json' },
        json: { status: 'ok', 'items.0.id': 3 },
        within: '500ms',
      },
    },
    { command: 'test "$SERVICE $ENVIRONMENT" = "orders prod"' },
  ]);
  expect(found).toMatchObject({ code: 0, err: '' });
  expect(asked).toEqual(['GET /prod/orders']);
});

test('what is late is asked again, as often as it may be', async () => {
  expect(await smoke([{ url: `${base}/late`, every: '3s' }])).toMatchObject({
    code: 0,
    out: expect.stringContaining('attempt 3'),
  });
  expect(slept).toEqual([3000, 3000]);
  expect(await smoke([{ url: `${base}/late`, retries: 1 }])).toMatchObject({
    code: 1,
    out: expect.stringMatching(/expected status 200, found 503/),
  });
  expect(slept).toEqual([2000]);
});

test.each<[string, object, RegExp]>([
  ['status', { status: 201 }, /expected status 201, found 200/],
  ['body', { body: 'bad' }, /expected "bad" in the body, found "\{"status":"ok"/],
  ['pattern', { matches: '^ok$' }, /expected the body to match \^ok\$/],
  ['header', { headers: { 'x-version': '2' } }, /expected "2" in the header x-version, found none/],
  [
    'JSON',
    { json: { 'items.1.id': 3, status: 'up' } },
    /expected items\.1\.id to be 3, found nothing[\s\S]*expected status to be "up", found "ok"/,
  ],
  ['JSON of no own key', { json: { constructor: 'x' } }, /expected constructor to be "x", found nothing/],
  ['time', { within: '1ms' }, /expected it within 1 ms, found 5 ms/],
])('a difference in the %s fails it', async (_, expectation, message) => {
  const found = await smoke([{ url: base, expect: expectation, retries: 0 }]);
  expect(found.out).toMatch(message);
  expect(found.code).toBe(1);
});

test('of a body without an end the beginning is read', async () => {
  const found = await smoke([
    { url: `${base}/endless`, expect: { body: 'y' }, retries: 0 },
    { url: `${base}/endless` },
  ]);
  expect(found.out).toContain('the body is longer than 4 MiB, of which no more is read');
  expect(found.out).toContain('✓');
});

test('every check is tried and told, also after one that failed; redirects are not followed', async () => {
  const found = await smoke(
    [
      { url: `${base}/moved`, retries: 0 },
      { command: 'exit 7', retries: 0 },
      { url: 'http://127.0.0.1:1/', retries: 0 },
    ],
    '--json',
  );
  expect(found.code).toBe(1);
  const { checks } = JSON.parse(found.out) as { checks: { differences: string[] }[] };
  expect(checks.map((one) => one.differences[0])).toEqual([
    'expected status 200, found 302',
    'expected exit code 0, found 7',
    expect.stringMatching(/^expected an answer, found none/),
  ]);
});

test('a mistake in the file is told with its place, and nobody is asked', async () => {
  const found = await smoke('checks:\n  - url: ftp://x\n  - url: http://x\n    expekt: {}\n');
  expect(found).toMatchObject({ code: 1, err: expect.stringMatching(/smoke\.yaml:2:\d+: error: [\s\S]*smoke\.yaml/) });
  expect(await smoke([{ url: base, expect: { matches: '(?=x)' } }])).toMatchObject({
    code: 1,
    err: expect.stringContaining('that RE2 takes'),
  });
  expect(await smoke([{ url: base }], '--dry-run')).toMatchObject({ code: 0, out: `GET ${base}\n` });
  expect(asked).toEqual([]);
});

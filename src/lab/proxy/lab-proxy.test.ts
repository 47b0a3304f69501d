import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createCertificateAuthority } from './certificate-authority.ts';
import { EgressLedger } from './egress.ts';
import { createLabProxy, type LabProxy } from './lab-proxy.ts';
import { nodePreload } from './node-preload.ts';
import { writeTrustFiles } from './trust-files.ts';

const run = promisify(execFile);
const ledger = new EgressLedger();
let folder: string;
let proxy: LabProxy;
let outside: Server;
let env: Record<string, string>;
const portOf = (server: Server): number => (server.address() as AddressInfo).port;
const listen = (server: Server): Promise<void> => new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lab-proxy-'));
  const clock = { now: () => Date.now(), sleep: async () => {} };
  const authority = await createCertificateAuthority({ clock, random: randomBytes });
  outside = createServer((message, response) => response.end(`outside ${message.url}`));
  await listen(outside);
  proxy = createLabProxy({
    authority,
    labHost: (host) =>
      host.endsWith('github.com')
        ? (message, response) => {
            const body: Buffer[] = [];
            message.on('data', (chunk: Buffer) => body.push(chunk));
            message.on('end', () =>
              response.end(`${message.method} ${message.headers.host}${message.url} ${Buffer.concat(body).length}`),
            );
          }
        : undefined,
    outside: (host) => (host === '127.0.0.1' || host === 'localhost' ? 'allowed' : undefined),
    direct: (_, response) => response.end('direct'),
    record: (host, port, verdict) => ledger.add(host, port, verdict),
    env: {},
  });
  await listen(proxy.server);
  const trust = writeTrustFiles(folder, authority.certificate, process.env);
  writeFileSync(join(folder, 'preload.cjs'), nodePreload);
  const url = `http://127.0.0.1:${portOf(proxy.server)}`;
  env = {
    PATH: process.env['PATH'] ?? '',
    HTTPS_PROXY: url,
    http_proxy: url,
    CURL_CA_BUNDLE: trust.all,
    NODE_EXTRA_CA_CERTS: trust.extra,
    NODE_OPTIONS: `--require ${join(folder, 'preload.cjs')}`,
  };
});
afterAll(() => {
  proxy.close();
  outside.close();
  rmSync(folder, { recursive: true, force: true });
});

const node = async (script: string): Promise<string> =>
  (await run(process.execPath, ['--input-type=module', '-e', script], { env })).stdout.trim();

test('fetch of a bare Node reaches hosts of the lab over TLS, large bodies included', async () => {
  const script = `const r = await fetch('https://api.github.com/x?y=1', { method: 'POST', body: 'z'.repeat(3_000_000) });
    console.log(await r.text())`;
  expect(await node(script)).toBe('POST api.github.com/x?y=1 3000000');
});

test('the https and http modules of Node go through it too', async () => {
  const script = (scheme: string) =>
    `import { get } from 'node:${scheme}'; get('${scheme}://github.com/a', (r) => r.pipe(process.stdout))`;
  expect(await node(script('https'))).toBe('GET github.com/a 0');
  expect(await node(script('http'))).toBe('GET github.com/a 0');
});

test('curl trusts the certificate; plain HTTP is answered in absolute form and inside a tunnel', async () => {
  const curl = async (...args: string[]): Promise<string> => (await run('curl', ['-sS', ...args], { env })).stdout;
  expect(await curl('https://github.com/a')).toBe('GET github.com/a 0');
  expect(await curl('http://github.com/b')).toBe('GET github.com/b 0');
  expect(await curl('--proxytunnel', 'http://github.com/c')).toBe('GET github.com/c 0');
});

test('allowed hosts are passed on untouched', async () => {
  const port = portOf(outside);
  const { stdout } = await run('curl', ['-sS', '--noproxy', '', `http://localhost:${port}/through`], { env });
  expect(stdout).toBe('outside /through');
  const tunnelled = await run('curl', ['-sSp', '--noproxy', '', `http://localhost:${port}/tunnel`], { env });
  expect(tunnelled.stdout).toBe('outside /tunnel');
});

test('other hosts are refused with a word on how to allow them, and recorded', async () => {
  const script = `await fetch('https://example.com/').catch((error) => console.log(error.cause.message))`;
  expect(await node(script)).toBe('403 The lab does not reach example.com: allow it with --allow example.com');
  const plain = await run('curl', ['-sS', 'http://evil.test/'], { env });
  expect(plain.stdout).toContain('--allow evil.test');
  expect(ledger.entries()).toContainEqual({ host: 'example.com', port: 443, verdict: 'refused', count: 1 });
  expect(ledger.entries()).toContainEqual({ host: 'evil.test', port: 80, verdict: 'refused', count: 1 });
});

test('this machine’s own services are outside like any other host', async () => {
  const port = portOf(outside);
  for (const host of ['127.0.0.2', '[::1]', '0.0.0.0']) {
    const plain = await run('curl', ['-sS', '--noproxy', '', `http://${host}:${port}/`], { env });
    expect(plain.stdout).toContain('The lab does not reach');
    const tunnelled = run('curl', ['-sSp', '--noproxy', '', `http://${host}:${port}/`], { env });
    await expect(tunnelled).rejects.toThrow(/403/);
  }
});

test('who answers is decided by the address of the request, not by its Host header', async () => {
  const curl = async (...args: string[]): Promise<string> => (await run('curl', ['-sS', ...args], { env })).stdout;
  const other = ['-H', 'Host: api.github.com'];
  expect(await curl(...other, 'https://github.com/a')).toBe('GET github.com/a 0');
  expect(await curl(...other, 'http://github.com/a')).toBe('GET github.com/a 0');
  expect(await curl(...other, 'http://evil.test/')).toContain('--allow evil.test');
});

test('without a proxy only loopback names are answered: a name pointed at 127.0.0.1 gets nothing', async () => {
  const url = `http://127.0.0.1:${portOf(proxy.server)}/`;
  expect(await (await fetch(url)).text()).toBe('direct');
  const { stdout } = await run('curl', ['-sS', '--noproxy', '*', '-H', 'Host: rebound.test', url], { env });
  expect(stdout).toContain('--allow rebound.test');
});

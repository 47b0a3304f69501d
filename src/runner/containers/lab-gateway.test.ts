import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { LabGateway } from './lab-gateway.ts';

test('what the environment names on this machine’s loopback is reached by the gateway’s address', async () => {
  const server = createServer((_, response) => response.end('the lab'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const gateway = new LabGateway('127.0.0.1');
  const env = await gateway.translate({
    PROXY: `http://127.0.0.1:${port}`,
    LOGIN: `http://u:p@localhost:${port}/x?to=http://127.0.0.1:${port}`,
    OTHER: 'https://github.com:443/127.0.0.1:80',
    NO_PROXY: '127.0.0.1,localhost',
  });
  const translated = /^http:\/\/127\.0\.0\.1:(\d+)$/.exec(env['PROXY'] ?? '')?.[1];
  expect(translated).not.toBe(String(port));
  expect(env).toEqual({
    PROXY: `http://127.0.0.1:${translated}`,
    LOGIN: `http://u:p@127.0.0.1:${translated}/x?to=http://127.0.0.1:${translated}`,
    OTHER: 'https://github.com:443/127.0.0.1:80',
    NO_PROXY: '127.0.0.1,localhost',
  });
  expect(await (await fetch(env['PROXY'] ?? '')).text()).toBe('the lab');
  gateway.close();
  server.close();
});

import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { freePort, isFree } from './free-port.ts';

test('each call answers another port, outside of what systems give away by themselves', async () => {
  const ports = await Promise.all(Array.from({ length: 20 }, freePort));
  expect(new Set(ports).size).toBe(20);
  expect(ports.filter((port) => port < 20_000 || port > 32_767)).toEqual([]);
});

test('a port that somebody listens on is passed over', async () => {
  const first = await freePort();
  const taken = first === 32_767 ? 20_000 : first + 1;
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(taken, '127.0.0.1', resolve));
  expect(await isFree(taken)).toBe(false);
  expect(await freePort()).not.toBe(taken);
  server.close();
});

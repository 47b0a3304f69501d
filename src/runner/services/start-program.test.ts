import { createServer, type Server } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { listens } from '../process/listens.ts';
import type { ServiceProgram } from './service-program.ts';
import { startProgram } from './start-program.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** Another program that takes the port. */
async function take(port: number): Promise<void> {
  const server = createServer((socket) => socket.end());
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
}

const listening = `require('net').createServer((s) => s.end()).listen(process.env.PORT, '127.0.0.1')`;

const program = (script: string, planned: (port: number) => Promise<void>): ServiceProgram => ({
  install: '',
  plan: async ({ port }) => {
    const chosen = await port(7);
    await planned(chosen);
    const env = { PORT: String(chosen) };
    return {
      title: 'echo',
      first: [],
      run: { file: process.execPath, args: ['-e', script] },
      port: chosen,
      after: [],
      env,
      path: [],
    };
  },
});

const request = (given: ServiceProgram, ports: readonly string[], lines: string[]) => ({
  name: 'word',
  spec: { image: 'echo', env: {}, ports, volumes: [], options: '' },
  program: given,
  env: { PATH: process.env['PATH'] ?? '' },
  signal: new AbortController().signal,
  log: (line: string) => void lines.push(line),
});

test('a port that is taken between its choice and the start is left, and another one taken', async () => {
  const lines: string[] = [];
  const planned: number[] = [];
  const stolen = program(listening, async (port) => {
    planned.push(port);
    if (planned.length === 1) await take(port);
  });
  const running = await startProgram(request(stolen, ['7'], lines));
  expect(lines).toEqual([
    `port ${planned[0]} of this machine was taken by another program meanwhile: starting anew on another`,
  ]);
  expect(running.ports).toEqual({ 7: String(planned[1]) });
  expect(await listens(planned[1] ?? 0)).toBe(true);
  await running.stop();
  expect(await listens(planned[1] ?? 0)).toBe(false);
});

test('a program that ends by itself is not started anew; a mapped port that is taken is told', async () => {
  const lines: string[] = [];
  const planned: number[] = [];
  const ending = program(`console.log('out of order')`, async (port) => void planned.push(port));
  await expect(startProgram(request(ending, ['7'], lines))).rejects.toThrow('echo ended before it answered on port');
  expect(planned).toHaveLength(1);
  expect(lines).toEqual(['out of order']);
  const [port = 0] = planned;
  await take(port);
  await expect(startProgram(request(ending, [`${port}:7`], lines))).rejects.toThrow(
    `port ${port} of this machine is taken: end what listens on it, or map another port`,
  );
  expect(planned).toHaveLength(1);
});

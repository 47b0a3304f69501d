import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundleForge, type ForgeBundle, type ForgeChild } from './testing/forge-child.ts';

let forges: ForgeBundle;
beforeAll(async () => {
  forges = await bundleForge();
});
afterAll(() => forges.remove());

const clients = 50;
const minute = 60_000;
const path = '/repos/acme/app';

type Json = ReturnType<typeof JSON.parse>;

test('50 clients at once for a minute: no 5xx, no update lost, memory flat', async () => {
  const forge = await forges.start(join(forges.home, 'load'));
  const until = Date.now() + minute;
  const statuses = new Map<number, number>();
  const ask = async (method: string, rest: string, body?: unknown): Promise<{ status: number; body: Json }> => {
    const response = await forge.call(method, rest, body);
    const text = await response.text();
    statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
    return { status: response.status, body: text === '' ? {} : JSON.parse(text) };
  };
  await ask('POST', '/orgs/acme/repos', { name: 'app', private: true });
  for (const file of ['0', '1', '2', '3'])
    await ask('PUT', `${path}/contents/${file}`, { message: file, content: base64('0') });
  const { body: main } = await ask('GET', `${path}/git/ref/heads/main`);
  await ask('PUT', `${path}/contents/topic`, { message: 'x', content: base64('x'), branch: 'main' });
  const { body: tip } = await ask('GET', `${path}/git/ref/heads/main`);
  await ask('POST', `${path}/git/refs`, { ref: 'refs/heads/topic', sha: main.object.sha });
  await ask('POST', `${path}/actions/variables`, { name: 'ANY', value: '0' });

  const reads = [
    '/user',
    path,
    `${path}/git/ref/heads/main`,
    `${path}/commits?per_page=5`,
    `${path}/pulls?state=all`,
    `${path}/commits/${tip.object.sha}/status`,
    `${path}/actions/variables`,
    `${path}/compare/topic...main`,
  ];
  const added = [0, 0, 0, 0];
  const memory: number[] = [];
  const watch = (async () => {
    while (Date.now() < until) {
      memory.push(forge.memory());
      await setTimeout(500);
    }
  })();
  await Promise.all(
    Array.from({ length: clients }, async (_, client) => {
      for (let round = 0; Date.now() < until; round += 1) {
        // One in ten counts one up in a file that others count up too; who comes late reads again.
        if (client % 10 === 0) {
          const file = String(round % added.length);
          if (await countUp(ask, file)) added[round % added.length] = (added[round % added.length] ?? 0) + 1;
        } else await ask('GET', reads[(client + round) % reads.length] ?? path);
      }
    }),
  );
  await watch;

  expect([...statuses.keys()].filter((status) => status >= 500)).toEqual([]);
  expect([...statuses.keys()].sort()).toEqual([200, 201, 409]);
  for (const [file, count] of added.entries()) {
    const { body } = await ask('GET', `${path}/contents/${file}`);
    expect({ file, count: Number(Buffer.from(body.content, 'base64').toString()) }).toEqual({ file, count });
  }
  const asked = [...statuses.values()].reduce((sum, count) => sum + count, 0);
  expect(asked).toBeGreaterThan(clients * 60);
  const peak = (from: number, to: number): number =>
    Math.max(...memory.slice(Math.floor(memory.length * from), Math.floor(memory.length * to)));
  // The first third warms up; after it nothing may pile up.
  expect(peak(2 / 3, 1)).toBeLessThan(peak(1 / 3, 2 / 3) * 1.25 + 20);
  await stillWell(forge);
});

async function countUp(
  ask: (method: string, rest: string, body?: unknown) => Promise<{ status: number; body: Json }>,
  file: string,
): Promise<boolean> {
  const { body } = await ask('GET', `${path}/contents/${file}`);
  const next = String(Number(Buffer.from(body.content, 'base64').toString()) + 1);
  const written = await ask('PUT', `${path}/contents/${file}`, {
    message: `Count ${file} to ${next}`,
    content: base64(next),
    sha: body.sha,
  });
  return written.status === 200;
}

async function stillWell(forge: ForgeChild): Promise<void> {
  expect((await forge.call('GET', '/user')).status).toBe(200);
  expect(forge.child.exitCode).toBeNull();
  expect(forge.faults()).toBe('');
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

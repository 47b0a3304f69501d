import assert from 'node:assert/strict';
import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createServer } from '../src/server.js';
import { openStore } from '../src/store.js';

let folder;
let server;
let url;

async function start(capacity) {
  server = createServer({ store: await openStore(folder, capacity), commit: 'abc123' });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${server.address().port}`;
}

async function stop() {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

const post = (body) => fetch(`${url}/orders`, { method: 'POST', body: JSON.stringify(body) });

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'orders-'));
  await start(3);
});
after(async () => {
  await stop();
  await rm(folder, { recursive: true });
});

test('says which commit it was built from', async () => {
  assert.deepEqual(await (await fetch(url)).json(), { service: 'orders-api', commit: 'abc123', orders: 0 });
});

test('takes an order and gives it back', async () => {
  const created = await post({ item: 'tea', quantity: 2 });
  assert.equal(created.status, 201);
  assert.deepEqual(await created.json(), { id: 1, item: 'tea', quantity: 2 });
  assert.deepEqual(await (await fetch(`${url}/orders/1`)).json(), { id: 1, item: 'tea', quantity: 2 });
});

test('refuses what is no order', async () => {
  assert.equal((await post({ item: 'tea', quantity: 0 })).status, 422);
  assert.equal((await post({})).status, 422);
  assert.equal((await fetch(`${url}/orders/99`)).status, 404);
});

test('keeps its orders over a restart, a half-written line excepted', async () => {
  await stop();
  await appendFile(join(folder, 'orders.jsonl'), '{"id": 2, "it');
  await start(3);
  assert.deepEqual(await (await fetch(`${url}/orders`)).json(), [{ id: 1, item: 'tea', quantity: 2 }]);
});

test('is healthy as long as it can take an order', async () => {
  assert.equal((await fetch(`${url}/health`)).status, 200);
  await post({ item: 'tea', quantity: 1 });
  await post({ item: 'tea', quantity: 1 });
  const health = await fetch(`${url}/health`);
  assert.equal(health.status, 503);
  assert.match((await health.json()).problem, /full/);
  assert.equal((await post({ item: 'tea', quantity: 1 })).status, 507);
});

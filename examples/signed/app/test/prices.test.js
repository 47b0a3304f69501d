import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createServer } from '../src/server.js';

let server;
let url;
before(async () => {
  server = createServer('abc123');
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${server.address().port}`;
});
after(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

async function ask(path) {
  const response = await fetch(`${url}${path}`);
  return [response.status, await response.json()];
}

test('says which commit it was built from', async () => {
  assert.deepEqual(await ask('/health'), [200, { status: 'ok', commit: 'abc123' }]);
});

test('knows what an order costs', async () => {
  assert.deepEqual(await ask('/price?item=coffee'), [200, { cents: 320 }]);
  assert.deepEqual(await ask('/price?item=cake&quantity=3'), [200, { cents: 1440 }]);
});

test('refuses what is not sold, and what is no quantity', async () => {
  assert.equal((await ask('/price?item=wine'))[0], 404);
  assert.equal((await ask('/price?item=cake&quantity=0'))[0], 422);
  assert.equal((await ask('/elsewhere'))[0], 404);
});

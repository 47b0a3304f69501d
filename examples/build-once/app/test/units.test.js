import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createServer } from '../src/server.js';
import { convert } from '../src/units.js';

test('lengths and weights are converted, and never into each other', () => {
  assert.equal(convert(2, 'km', 'm'), 2000);
  assert.equal(convert(1, 'lb', 'g'), 453.59237);
  assert.equal(convert(1, 'km', 'kg'), undefined);
  assert.equal(convert(1, 'toString', 'm'), undefined);
  assert.equal(convert(Number.NaN, 'm', 'm'), undefined);
});

async function ask(path, pages) {
  const server = createServer({ commit: 'abc', pages, digits: 12 });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const response = await fetch(`http://127.0.0.1:${server.address().port}${path}`);
    return { status: response.status, text: await response.text() };
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

test('it answers by HTTP, and is healthy as long as a mile is a mile', async () => {
  assert.deepEqual(await ask('/convert?value=3&from=km&to=m', false), { status: 200, text: '{"result":3000}\n' });
  assert.equal((await ask('/convert?from=ft&to=kg', false)).status, 422);
  assert.deepEqual(await ask('/health', false), { status: 200, text: '{"status":"ok","commit":"abc"}\n' });
});

test('pages are in the larger image only', async () => {
  assert.equal((await ask('/units', false)).status, 404);
  assert.match((await ask('/units', true)).text, /<li>km/);
});

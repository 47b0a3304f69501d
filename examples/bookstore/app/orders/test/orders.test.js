import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inPostgres, openOrders } from '../src/orders.js';
import { routes } from '../src/routes.js';
import { contract } from './contract.js';

contract('in memory', () => openOrders(''));

for (const [what, body] of [
  ['no body', undefined],
  ['no isbn', { quantity: 1, price: 1 }],
  ['no price', { isbn: 'a', quantity: 1 }],
  ['half a book', { isbn: 'a', quantity: 0.5, price: 1 }],
  ['too many', { isbn: 'a', quantity: 11, price: 1 }],
]) {
  test(`an order with ${what} is refused`, async () => {
    const api = routes(await openOrders(''), { commit: 'abc', largest: 10 });
    assert.equal((await api['POST /orders'](body))[0], 422);
  });
}

test('a store that does not answer is not healthy', async () => {
  const orders = { ready: async () => Promise.reject(new Error('gone')) };
  const api = routes(orders, { commit: 'abc', largest: 10 });
  assert.deepEqual(await api['GET /health'](), [503, { status: 'gone', commit: 'abc' }]);
});

test('what somebody orders is a value beside the SQL, and a row is read back as an order', async () => {
  const asked = [];
  const database = {
    query: async (sql, values) => {
      asked.push([sql, values]);
      return [{ id: '7', isbn: "x'; DROP TABLE orders", quantity: '2', paid: 't' }];
    },
  };
  const orders = inPostgres(database);
  assert.equal((await orders.add({ isbn: "x'; DROP TABLE orders", quantity: 2, amount: 4 })).id, 7);
  assert.deepEqual(await orders.find(7), { id: 7, isbn: "x'; DROP TABLE orders", quantity: 2, paid: true });
  await orders.ready();
  assert.deepEqual(asked.map(([, values]) => values), [["x'; DROP TABLE orders", 2, 4], [7], undefined]);
  assert.ok(asked.every(([sql]) => !sql.includes('DROP')));
});

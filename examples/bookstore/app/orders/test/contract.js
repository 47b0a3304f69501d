import assert from 'node:assert/strict';
import { test } from 'node:test';
import { routes } from '../src/routes.js';

/** What holds wherever orders are kept. */
export function contract(where, open) {
  test(`${where}: an order is taken, numbered and found again, and not yet paid`, async () => {
    const orders = await open();
    try {
      const api = routes(orders, { commit: 'abc', largest: 10 });
      const [status, order] = await api['POST /orders']({ isbn: "it's", quantity: 2, price: 4200 });
      assert.equal(status, 201);
      assert.deepEqual(await api['GET /orders/:id'](undefined, String(order.id)), [200, order]);
      assert.equal(order.paid, false);
      assert.equal((await api['GET /orders/:id'](undefined, '999999'))[0], 404);
      assert.equal((await api['GET /orders/:id'](undefined, '1 OR 1=1'))[0], 404);
      assert.equal((await api['GET /health']())[0], 200);
    } finally {
      await orders.close();
    }
  });
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openDatabase } from '../../lib/postgres.js';
import { openOrders } from '../src/orders.js';
import { contract } from './contract.js';

const url = process.env.DATABASE_URL;
contract('in PostgreSQL', () => openOrders(url));

test('in PostgreSQL: an order and its payment are written together, or neither is', async () => {
  const orders = await openOrders(url);
  const database = await openDatabase(url);
  try {
    const [before] = await database.query('SELECT count(*) FROM orders');
    await assert.rejects(orders.add({ isbn: 'a', quantity: 1, amount: -1 }), { code: '23514' });
    assert.deepEqual(await database.query('SELECT count(*) FROM orders'), [before]);
    const { id } = await orders.add({ isbn: 'a', quantity: 3, amount: 300 });
    assert.deepEqual(await database.query('SELECT amount FROM payments WHERE order_id = $1::integer', [id]), [{ amount: '300' }]);
  } finally {
    await Promise.all([orders.close(), database.close()]);
  }
});

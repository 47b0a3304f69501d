import assert from 'node:assert/strict';
import { test } from 'node:test';
import { collect } from '../src/collect.js';

/** What holds wherever payments are kept. */
export function contract(where, open, first = 1) {
  test(`${where}: each payment is collected once, a refused one stays due, and a provider's fault loses nothing`, async () => {
    const payments = await open();
    try {
      const [a, b] = [first, first + 1];
      await payments.owe(a, 4200);
      await payments.owe(a, 9999);
      await payments.owe(b, 100);
      const asked = [];
      const provider = async ({ key, amount }) => {
        asked.push([key, amount]);
        return amount === 100 ? undefined : `charge-${key}`;
      };
      assert.equal(await collect(payments, provider), 1);
      assert.deepEqual(asked, [[`order-${a}`, 4200], [`order-${b}`, 100]]);
      assert.deepEqual(await payments.due(), [{ order: b, amount: 100 }]);
      await assert.rejects(collect(payments, async () => Promise.reject(new Error('down'))), /down/);
      assert.equal(await collect(payments, async () => `late-${b}`), 1);
      assert.deepEqual(await payments.due(), []);
    } finally {
      await payments.close();
    }
  });
}

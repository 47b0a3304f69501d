import { openStore } from '../../lib/store.js';

/** Values go beside the SQL, never into it. */
export const inPostgres = (database) => ({
  async due() {
    const rows = await database.query('SELECT order_id, amount FROM payments WHERE charge IS NULL ORDER BY order_id LIMIT 20');
    return rows.map((row) => ({ order: Number(row.order_id), amount: Number(row.amount) }));
  },
  async settle(order, charge) {
    await database.query('UPDATE payments SET charge = $2 WHERE order_id = $1::integer AND charge IS NULL', [order, charge]);
  },
  async owe(order, amount) {
    await database.query('INSERT INTO payments (order_id, amount) VALUES ($1::integer, $2::integer) ON CONFLICT DO NOTHING', [order, amount]);
  },
});

/** Payments that are due, and what the provider answered for each: money is asked for once. */
export const openPayments = (url) =>
  openStore({
    url,
    schema: [
      'CREATE TABLE IF NOT EXISTS payments (order_id integer PRIMARY KEY, amount integer NOT NULL CHECK (amount > 0), charge text UNIQUE)',
    ],
    postgres: inPostgres,
    memory: () => {
      const payments = new Map();
      return {
        async due() {
          return [...payments.values()].filter(({ charge }) => charge === undefined).map(({ order, amount }) => ({ order, amount }));
        },
        async settle(order, charge) {
          const payment = payments.get(order);
          if (payment !== undefined) payment.charge ??= charge;
        },
        async owe(order, amount) {
          if (!payments.has(order)) payments.set(order, { order, amount });
        },
      };
    },
  });

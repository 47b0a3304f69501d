import { openStore } from '../../lib/store.js';

/** Values go beside the SQL, never into it. */
export const inPostgres = (database) => ({
  async add({ isbn, quantity, amount }) {
    const [row] = await database.query(
      `WITH made AS (INSERT INTO orders (isbn, quantity) VALUES ($1, $2) RETURNING id),
         due AS (INSERT INTO payments (order_id, amount) SELECT id, $3 FROM made)
       SELECT id FROM made`,
      [isbn, quantity, amount],
    );
    return { id: Number(row.id), isbn, quantity, paid: false };
  },
  async find(id) {
    const [row] = await database.query(
      'SELECT id, isbn, quantity, charge IS NOT NULL AS paid FROM orders JOIN payments ON order_id = id WHERE id = $1::integer',
      [id],
    );
    return row && { id: Number(row.id), isbn: row.isbn, quantity: Number(row.quantity), paid: row.paid === 't' };
  },
  async ready() {
    await database.query('SELECT 1');
  },
});

/** Orders, and with each the payment that the worker has to collect: both are written, or neither. */
export const openOrders = (url) =>
  openStore({
    url,
    schema: [
      'CREATE TABLE IF NOT EXISTS orders (id serial PRIMARY KEY, isbn text NOT NULL, quantity integer NOT NULL CHECK (quantity > 0))',
      'CREATE TABLE IF NOT EXISTS payments (order_id integer PRIMARY KEY, amount integer NOT NULL CHECK (amount > 0), charge text UNIQUE)',
    ],
    postgres: inPostgres,
    memory: () => {
      const orders = [];
      return {
        async add({ isbn, quantity }) {
          const order = { id: orders.length + 1, isbn, quantity, paid: false };
          orders.push(order);
          return order;
        },
        async find(id) {
          return orders[id - 1];
        },
        async ready() {},
      };
    },
  });

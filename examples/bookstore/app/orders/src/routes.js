/** GET /, GET /health, POST /orders { isbn, quantity, price }, GET /orders/:id */
export function routes(orders, { commit, largest }) {
  return {
    'GET /': async () => [200, { service: 'orders', commit }],
    'GET /health': async () => {
      if (!(largest > 0)) return [503, { status: 'no order can be taken', commit }];
      try {
        await orders.ready();
        return [200, { status: 'ok', commit, store: orders.kind }];
      } catch (error) {
        return [503, { status: error.message, commit }];
      }
    },
    'POST /orders': async (body) => {
      const order = parseOrder(body, largest);
      return typeof order === 'string' ? [422, { message: order }] : [201, await orders.add(order)];
    },
    'GET /orders/:id': async (_, id) => {
      const order = /^[1-9][0-9]{0,8}$/.test(id) ? await orders.find(Number(id)) : undefined;
      return order === undefined ? [404, { message: 'no such order' }] : [200, order];
    },
  };
}

function parseOrder(body, largest) {
  const { isbn, quantity, price } = body ?? {};
  if (typeof isbn !== 'string' || isbn === '') return 'expected an isbn';
  if (!Number.isInteger(price) || price <= 0) return 'expected a price in cents';
  if (!Number.isInteger(quantity) || quantity <= 0 || quantity > largest) return `expected a quantity from 1 to ${largest}`;
  return { isbn, quantity, amount: quantity * price };
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { routes } from '../src/routes.js';

/** What holds wherever the books are kept. */
export function contract(where, open) {
  test(`${where}: books are listed by title and found by ISBN`, async () => {
    const books = await open();
    try {
      await books.stock();
      await books.stock();
      const api = routes(books, 'abc');
      const [status, list] = await api['GET /books']();
      assert.equal(status, 200);
      assert.deepEqual(list.map(({ price }) => price), [5500, 4200, 3800]);
      assert.deepEqual(await api['GET /books/:id'](undefined, list[0].isbn), [200, list[0]]);
      assert.equal((await api['GET /books/:id'](undefined, "'; DROP TABLE books; --"))[0], 404);
      assert.deepEqual((await api['GET /health']())[0], 200);
    } finally {
      await books.close();
    }
  });
}

test('without books it is not healthy', async () => {
  const api = routes({ list: async () => [] }, 'abc');
  assert.equal((await api['GET /health']())[0], 503);
});

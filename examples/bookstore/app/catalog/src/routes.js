/** GET /, GET /health, GET /books, GET /books/:isbn */
export function routes(books, commit) {
  return {
    'GET /': async () => [200, { service: 'catalog', commit }],
    'GET /health': async () => {
      const { length } = await books.list();
      return length > 0 ? [200, { status: 'ok', commit, store: books.kind }] : [503, { status: 'no book can be ordered', commit }];
    },
    'GET /books': async () => [200, await books.list()],
    'GET /books/:id': async (_, isbn) => {
      const book = await books.find(isbn);
      return book === undefined ? [404, { message: `no book has the ISBN ${isbn}` }] : [200, book];
    },
  };
}

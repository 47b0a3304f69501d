import { openStore } from '../../lib/store.js';

const first = [
  ['978-0131103627', 'The C Programming Language', 4200],
  ['978-0262510875', 'Structure and Interpretation of Computer Programs', 5500],
  ['978-0201835953', 'The Mythical Man-Month', 3800],
];

/** Books that can be ordered; prices in cents. */
export const openBooks = (url) =>
  openStore({
    url,
    schema: [
      'CREATE TABLE IF NOT EXISTS books (isbn text PRIMARY KEY, title text NOT NULL, price integer NOT NULL CHECK (price > 0))',
    ],
    postgres: (database) => ({
      async stock() {
        for (const book of first) await database.query('INSERT INTO books VALUES ($1, $2, $3) ON CONFLICT DO NOTHING', book);
      },
      async list() {
        return (await database.query('SELECT isbn, title, price FROM books ORDER BY title')).map(toBook);
      },
      async find(isbn) {
        const [row] = await database.query('SELECT isbn, title, price FROM books WHERE isbn = $1', [isbn]);
        return row === undefined ? undefined : toBook(row);
      },
    }),
    memory: () => {
      const books = new Map();
      return {
        async stock() {
          for (const [isbn, title, price] of first) books.set(isbn, { isbn, title, price });
        },
        async list() {
          return [...books.values()].sort((a, b) => (a.title < b.title ? -1 : 1));
        },
        async find(isbn) {
          return books.get(isbn);
        },
      };
    },
  });

function toBook({ isbn, title, price }) {
  return { isbn, title, price: Number(price) };
}

import { commit, serve } from '../../lib/serve.js';
import { openBooks } from './books.js';
import { routes } from './routes.js';

const books = await openBooks();
await books.stock();
serve('catalog', routes(books, commit), books.close);

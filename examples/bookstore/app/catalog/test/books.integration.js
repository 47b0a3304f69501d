import { openBooks } from '../src/books.js';
import { contract } from './contract.js';

contract('in PostgreSQL', () => openBooks(process.env.DATABASE_URL));

import { openBooks } from '../src/books.js';
import { contract } from './contract.js';

contract('in memory', () => openBooks(''));

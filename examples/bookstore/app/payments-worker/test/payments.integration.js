import { openPayments } from '../src/payments.js';
import { contract } from './contract.js';

contract('in PostgreSQL', () => openPayments(process.env.DATABASE_URL), 1_000_000);

import { readFileSync } from 'node:fs';
import { commit, serve } from '../../lib/serve.js';
import { openOrders } from './orders.js';
import { routes } from './routes.js';

const { largest } = JSON.parse(readFileSync(new URL('../config.json', import.meta.url), 'utf8'));
const orders = await openOrders();
serve('orders', routes(orders, { commit, largest }), orders.close);

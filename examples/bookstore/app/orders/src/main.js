import { readFileSync } from 'node:fs';
import { builtFrom, serve } from '../../lib/serve.js';
import { openOrders } from './orders.js';
import { routes } from './routes.js';

const { largest } = JSON.parse(readFileSync(new URL('../config.json', import.meta.url), 'utf8'));
const orders = await openOrders();
serve('orders', routes(orders, { commit: builtFrom(new URL('../../', import.meta.url)), largest }), orders.close);

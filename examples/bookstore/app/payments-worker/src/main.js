import { commit, serve } from '../../lib/serve.js';
import { collect, httpProvider } from './collect.js';
import { openPayments } from './payments.js';
import { routes } from './routes.js';

const payments = await openPayments();
const url = process.env.PROVIDER_URL;
let failure;
let ended = false;

async function work() {
  try {
    if (url !== undefined) await collect(payments, httpProvider(url));
    failure = undefined;
  } catch (error) {
    failure = error.message;
  }
  if (!ended) setTimeout(work, 1000).unref();
}

if (url === undefined) process.stderr.write('PROVIDER_URL is not set: payments stay due\n');
await work();
const api = routes(payments, { commit, lastFailure: () => failure });
serve('payments-worker', api, async () => {
  ended = true;
  await payments.close();
});

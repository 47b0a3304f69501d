import assert from 'node:assert/strict';
import { test } from 'node:test';
import { httpProvider } from '../src/collect.js';
import { inPostgres, openPayments } from '../src/payments.js';
import { routes } from '../src/routes.js';
import { contract } from './contract.js';

contract('in memory', () => openPayments(''));

const answer = (status, body) => async () => new Response(JSON.stringify(body), { status });

test('the provider is asked under the key of the order, and answers with a charge', async () => {
  let sent;
  const provider = httpProvider('http://provider.test', async (url, request) => {
    sent = [url, request.headers['idempotency-key'], JSON.parse(request.body)];
    return new Response('{"id":"ch_1"}', { status: 201 });
  });
  assert.equal(await provider({ key: 'order-1', amount: 5 }), 'ch_1');
  assert.deepEqual(sent, ['http://provider.test/charges', 'order-1', { amount: 5, currency: 'EUR' }]);
});

test('a refusal is no fault; a fault is not taken for a charge', async () => {
  const ask = (send) => httpProvider('http://provider.test', send)({ key: 'order-1', amount: 5 });
  assert.equal(await ask(answer(402, {})), undefined);
  await assert.rejects(ask(answer(500, {})), /answered 500/);
  await assert.rejects(ask(answer(200, {})), /named no charge/);
});

test('it is unhealthy while money cannot be collected', async () => {
  const payments = await openPayments('');
  let failure = 'the provider answered 500';
  const api = routes(payments, { commit: 'abc', lastFailure: () => failure });
  assert.equal((await api['GET /health']())[0], 503);
  failure = undefined;
  assert.deepEqual(await api['GET /health'](), [200, { status: 'ok', commit: 'abc', store: 'memory', due: 0 }]);
  assert.deepEqual((await api['GET /']())[1].service, 'payments-worker');
});

test('a row is read as a payment, and charges are values beside the SQL', async () => {
  const asked = [];
  const payments = inPostgres({
    query: async (sql, values) => {
      asked.push(values);
      return [{ order_id: '7', amount: '4200' }];
    },
  });
  assert.deepEqual(await payments.due(), [{ order: 7, amount: 4200 }]);
  await payments.settle(7, "ch'1");
  await payments.owe(7, 4200);
  assert.deepEqual(asked, [undefined, [7, "ch'1"], [7, 4200]]);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { httpProvider } from '../src/collect.js';
import { openPayments } from '../src/payments.js';
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

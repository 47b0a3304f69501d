/**
 * Collects every payment that is due, each under a key of its order's own: a provider that is asked twice for one order
 * answers with the same charge. Answers how many were collected; what the provider refuses stays due.
 */
export async function collect(payments, provider) {
  let collected = 0;
  for (const { order, amount } of await payments.due()) {
    const charge = await provider({ key: `order-${order}`, amount });
    if (charge === undefined) continue;
    await payments.settle(order, charge);
    collected += 1;
  }
  return collected;
}

/** A payment provider by HTTP; undefined for what it refuses. */
export function httpProvider(url, send = fetch) {
  return async ({ key, amount }) => {
    const response = await send(`${url}/charges`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': key },
      body: JSON.stringify({ amount, currency: 'EUR' }),
      signal: AbortSignal.timeout(5000),
    });
    if (response.status === 402) return undefined;
    if (!response.ok) throw new Error(`the provider answered ${response.status}`);
    const { id } = await response.json();
    if (typeof id !== 'string' || id === '') throw new Error('the provider named no charge');
    return id;
  };
}

import { expect, test } from 'vitest';
import { holdPort } from './fixed-ports.ts';

const never = new AbortController().signal;

test('a port is held by one at a time, and goes to who waited when it is given back', async () => {
  const order: string[] = [];
  const first = await holdPort(5432, never, () => order.push('first waits'));
  const second = holdPort(5432, never, () => order.push('second waits')).then((free) => {
    order.push('second has it');
    return free;
  });
  (await holdPort(6379, never, () => order.push('another port waits')))();
  expect(order).toEqual(['second waits']);
  first();
  (await second)();
  expect(order).toEqual(['second waits', 'second has it']);
  (await holdPort(5432, never, () => order.push('waits for nobody')))();
  expect(order).toHaveLength(2);
});

test('who is cancelled waits no longer, and holds nothing', async () => {
  const free = await holdPort(5432, never, () => {});
  const cancel = new AbortController();
  const waiting = holdPort(5432, cancel.signal, () => {});
  cancel.abort(new Error('cancelled'));
  await expect(waiting).rejects.toThrow('cancelled');
  free();
  (await holdPort(5432, never, () => {}))();
});

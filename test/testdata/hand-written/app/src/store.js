import { appendFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Orders, one JSON line each, in a file that is only ever appended to. */
export async function openStore(folder, capacity) {
  await mkdir(folder, { recursive: true });
  const file = join(folder, 'orders.jsonl');
  const text = await readFile(file, 'utf8').catch((error) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  // A line without its end was being written when the process was killed; its order was never confirmed.
  const orders = text.split('\n').slice(0, -1).map((line) => JSON.parse(line));
  await writeFile(file, orders.map((order) => `${JSON.stringify(order)}\n`).join(''));

  return {
    list: () => orders,
    get: (id) => orders.find((order) => order.id === id),
    async add({ item, quantity }) {
      if (orders.length >= capacity) throw new RangeError('the store is full');
      const order = { id: orders.length + 1, item, quantity };
      orders.push(order);
      await appendFile(file, `${JSON.stringify(order)}\n`);
      return order;
    },
    /** Why no order could be taken now; undefined when one could. */
    async problem() {
      if (orders.length >= capacity) return `the store is full: ${orders.length} of ${capacity} orders`;
      const probe = join(folder, '.probe');
      try {
        await writeFile(probe, 'probe');
        await rm(probe);
      } catch (error) {
        return `the store cannot be written: ${error.message}`;
      }
      return undefined;
    },
  };
}

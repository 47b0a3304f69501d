import { writeSync } from 'node:fs';
import { openStore } from '../../store.ts';

/** Writes pairs of rows for ever, and says each pair's number once the store has it. Run as a process that is killed. */
const clock = { now: () => 0, sleep: async () => {} };
const store = await openStore(process.argv[2] ?? '', clock);
for (;;) {
  const pair = store.transaction(() => {
    const number = store.next('pairs');
    for (const name of ['first', 'second']) {
      const id = store.next('labels');
      const description = 'x'.repeat(id % 5000);
      store.labels.put({ id, repositoryId: number, name, color: '', description });
    }
    return number;
  });
  writeSync(1, `${pair}\n`);
}

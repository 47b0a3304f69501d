import { readFileSync } from 'node:fs';
import { createServer } from './server.js';
import { openStore } from './store.js';

const read = (name) => JSON.parse(readFileSync(new URL(`../${name}`, import.meta.url), 'utf8'));

const config = read('config.json');
const store = await openStore(process.env.DATA_FOLDER ?? 'data', config.capacity);
const server = createServer({ store, commit: commit() });

server.listen(Number(process.env.PORT ?? 8080), () => {
  process.stdout.write(`orders-api listens on ${server.address().port}\n`);
});
process.on('SIGTERM', () => {
  server.close();
  server.closeAllConnections();
});

/** The commit this was built from; the publishing job writes it into the image. */
function commit() {
  try {
    return read('commit.json').commit;
  } catch {
    return 'unknown';
  }
}

import { readFileSync } from 'node:fs';
import { createServer } from './server.js';

const server = createServer(commit());
server.listen(Number(process.env.PORT ?? 8080), () => {
  process.stdout.write(`prices listens on ${server.address().port}\n`);
});
process.on('SIGTERM', () => {
  server.close();
  server.closeAllConnections();
});

/** The commit this was built from; the publishing job writes it into the image. */
function commit() {
  try {
    return JSON.parse(readFileSync(new URL('../commit.json', import.meta.url), 'utf8')).commit;
  } catch {
    return 'unknown';
  }
}

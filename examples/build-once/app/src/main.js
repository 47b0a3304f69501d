import { readFileSync } from 'node:fs';
import { createServer } from './server.js';

const { digits } = JSON.parse(readFileSync(new URL('../config.json', import.meta.url), 'utf8'));
const server = createServer({ digits, commit: process.env.REVISION ?? 'unknown', pages: process.env.PAGES === 'yes' });
server.listen(Number(process.env.PORT ?? 8080), () => {
  process.stdout.write(`units listens on ${server.address().port}\n`);
});
process.on('SIGTERM', () => {
  server.close();
  server.closeAllConnections();
});

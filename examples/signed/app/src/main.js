import { createServer } from './server.js';

const server = createServer(process.env.REVISION ?? 'unknown');
server.listen(Number(process.env.PORT ?? 8080), () => {
  process.stdout.write(`prices listens on ${server.address().port}\n`);
});
process.on('SIGTERM', () => {
  server.close();
  server.closeAllConnections();
});

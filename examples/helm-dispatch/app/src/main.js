import { readFileSync } from 'node:fs';
import { openNotes } from './notes.js';
import { createServer } from './server.js';

const read = (name) => JSON.parse(readFileSync(new URL(`../${name}`, import.meta.url), 'utf8'));

const notes = await openNotes(process.env.DATA_FOLDER ?? 'data');
const server = createServer({ notes, commit: process.env.REVISION ?? 'unknown', longest: read('config.json').longest });
server.listen(Number(process.env.PORT ?? 8080), () => {
  process.stdout.write(`notes listens on ${server.address().port}\n`);
});
process.on('SIGTERM', () => {
  server.close();
  server.closeAllConnections();
});

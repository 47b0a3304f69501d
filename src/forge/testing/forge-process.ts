import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import { openForge } from '../open-forge.ts';

/** A forge as a process of its own, to be killed: says where it listens and, when the folder is new, carol's token. */
const [folder = ''] = process.argv.slice(2);
const forge = await openForge({
  folder,
  clock: { now: () => Date.now(), sleep: (ms) => setTimeout(ms) },
  random: (bytes) => randomBytes(bytes),
  urls: { html: 'https://github.com', api: 'https://api.github.com' },
  log: (text) => process.stderr.write(`${text}\n`),
});
const { store } = forge.forge;
if (store.accounts.by('login', 'carol').length === 0) {
  forge.admin.createUser('carol');
  forge.admin.createOrganization('acme', { admins: ['carol'] });
}
const token = forge.admin.createToken('carol');
const server = createServer(forge.listener);
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  process.stdout.write(`${JSON.stringify({ port, token })}\n`);
});

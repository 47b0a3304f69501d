import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { openNotes } from '../src/notes.js';
import { createServer } from '../src/server.js';

let folder;
let server;
let url;
before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'notes-'));
  server = createServer({ notes: await openNotes(folder), commit: 'abc', longest: 20 });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${server.address().port}`;
});
after(() => {
  server.close();
  server.closeAllConnections();
  rmSync(folder, { recursive: true, force: true });
});

const post = (body) => fetch(`${url}/notes`, { method: 'POST', body });

test('a note is kept, and found by those who open the folder later', async () => {
  const note = await (await post('{"text":"buy tea"}')).json();
  assert.deepEqual(await (await fetch(`${url}/notes/${note.id}`)).json(), note);
  assert.deepEqual(await (await openNotes(folder)).find(note.id), note);
  assert.equal((await (await fetch(url)).json()).notes, 1);
});

test('what is no note is refused, and no path leads out of the folder', async () => {
  for (const body of ['', '{}', '{"text":""}', '{"text":"far more than twenty letters"}']) {
    assert.equal((await post(body)).status, 422, body);
  }
  assert.equal((await fetch(`${url}/notes/..%2F..%2Fetc%2Fpasswd`)).status, 404);
});

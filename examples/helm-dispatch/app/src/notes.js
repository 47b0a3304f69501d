import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Notes in a folder, a file each; a note is there whole or not at all. */
export async function openNotes(folder) {
  await mkdir(folder, { recursive: true });
  const file = (id) => join(folder, `${id}.json`);
  return {
    async add(text) {
      const note = { id: randomUUID(), text };
      await writeFile(`${file(note.id)}.part`, JSON.stringify(note));
      await rename(`${file(note.id)}.part`, file(note.id));
      return note;
    },
    async find(id) {
      if (!/^[0-9a-f-]{36}$/.test(id)) return undefined;
      const text = await readFile(file(id), 'utf8').catch(() => undefined);
      return text === undefined ? undefined : JSON.parse(text);
    },
    async count() {
      return (await readdir(folder)).filter((name) => name.endsWith('.json')).length;
    },
  };
}

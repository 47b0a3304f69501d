import { rm } from 'node:fs/promises';

/** What a job left unwritable, or a process is still writing, does not stop it from being tried again. */
export const removal = { recursive: true, force: true, maxRetries: 3, retryDelay: 20 };

/** Removes the folder and all in it, where it is there. */
export async function removeFolder(folder: string): Promise<void> {
  await rm(folder, removal);
}

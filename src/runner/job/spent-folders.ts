import { statfsSync } from 'node:fs';

/** So many are kept, and so many bytes of the disk may go to them; then they are removed whatever else goes on. */
const most = 200;
const mostBytes = 2 ** 30;
/** Milliseconds without another one after which they are removed. */
const pause = 3000;

/**
 * Folders of jobs that are over. They are removed when nothing goes on for a while, not one by one between jobs: file
 * systems spare the places of what was just deleted (ext4 for minutes), and search longer for a place for each new file,
 * so that a run of many jobs would take a quarter longer.
 */
export class SpentFolders {
  readonly #remove: (folder: string) => Promise<void>;
  #folders: string[] = [];
  #free = 0;
  #timer: NodeJS.Timeout | undefined;
  #removing: Promise<unknown> = Promise.resolve();

  constructor(remove: (folder: string) => Promise<void>) {
    this.#remove = remove;
  }

  /** Takes over a folder that nobody needs any more. */
  add(folder: string): void {
    clearTimeout(this.#timer);
    const free = freeBytes(folder);
    if (this.#folders.length === 0) this.#free = free;
    this.#folders.push(folder);
    if (this.#folders.length >= most || this.#free - free > mostBytes) {
      this.clear().catch(() => undefined);
      return;
    }
    this.#timer = setTimeout(() => this.clear(), pause);
    this.#timer.unref();
  }

  /** Removes them all; resolves once they are gone. What cannot be removed is left. */
  async clear(): Promise<void> {
    clearTimeout(this.#timer);
    const folders = this.#folders;
    this.#folders = [];
    this.#removing = Promise.allSettled([this.#removing, ...folders.map((folder) => this.#remove(folder))]);
    await this.#removing;
  }
}

/** What its file system has left; no reason to remove anything where that cannot be told. */
function freeBytes(folder: string): number {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

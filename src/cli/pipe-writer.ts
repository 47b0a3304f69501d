import { fstatSync, writeSync } from 'node:fs';

/** Milliseconds until a full pipe is tried again. */
const pause = 2;

/** Whether the stream leads into a pipe, which a slow reader fills. */
export function isPipe(stream: { readonly fd: number }): boolean {
  try {
    const found = fstatSync(stream.fd);
    // What Node gives a child for a pipe is a socket.
    return found.isFIFO() || found.isSocket();
  } catch {
    return false;
  }
}

/**
 * Writes to a pipe as fast as its reader reads, and waits for it: a stream would keep in memory all that was not read
 * yet. What is written together goes out together.
 */
export function pipeWriter(stream: NodeJS.WriteStream & { readonly fd: number }): (text: string) => void {
  let waiting: string[] = [];
  let size = 0;
  const flush = (): void => {
    let rest = Buffer.from(waiting.join(''));
    waiting = [];
    size = 0;
    while (rest.length > 0) {
      try {
        rest = rest.subarray(writeSync(stream.fd, rest));
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) {
          stream.emit('error', error);
          return;
        }
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pause);
      }
    }
  };
  process.on('exit', flush);
  return (text) => {
    if (waiting.length === 0) setImmediate(flush);
    waiting.push(text);
    size += text.length;
    if (size >= 64 * 1024) flush();
  };
}

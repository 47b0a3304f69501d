import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** Below the ports that systems give to outgoing connections and to servers that name none: nobody gets one by chance. */
const [lowest, highest] = [20_000, 32_767];
let next = randomInt(lowest, highest + 1);

/**
 * A port of 127.0.0.1 for a program that is about to be started. Each call answers another one, so that what starts
 * later in this process does not get it too. @throws Error where all are taken
 */
export async function freePort(): Promise<number> {
  for (let tried = lowest; tried <= highest; tried += 1) {
    const port = next;
    next = port === highest ? lowest : port + 1;
    if (await isFree(port)) return port;
  }
  throw new Error(`expected a free port of 127.0.0.1 from ${lowest} to ${highest}, found all taken`);
}

/** Whether nobody listens on a port of 127.0.0.1. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

/** Listens on 127.0.0.1 at the port asked for, or at a free one when that is busy or none was asked for. */
export async function listenOnLoopback(server: Server, port = 0): Promise<number> {
  try {
    await listen(server, { host: '127.0.0.1', port });
  } catch (error) {
    if (port === 0 || (error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    await listen(server, { host: '127.0.0.1', port: 0 });
  }
  return (server.address() as AddressInfo).port;
}

export interface GhSocket {
  readonly path: string;
  readonly close: () => void;
}

/** Longest path of a Unix socket that all systems take. */
const longestPath = 103;

/**
 * gh's own way in: plain HTTP on a Unix socket that only this user may open, whatever host it means. It needs no
 * certificate, which Go does not take from the environment on macOS. Undefined where the folder's path is too long.
 */
export async function listenForGh(proxy: Server, folder: string): Promise<GhSocket | undefined> {
  const home = join(folder, 'gh');
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const path = join(home, 'api.sock');
  if (Buffer.byteLength(path) > longestPath) return undefined;
  rmSync(path, { force: true });
  const server = createServer((message, response) => {
    // The port of a Unix socket's Host header is nobody's; the proxy's own rules go by the name.
    proxy.emit('request', message, response);
  });
  await listen(server, { path });
  chmodSync(path, 0o600);
  return {
    path,
    close: () => {
      server.close();
      server.closeAllConnections();
      rmSync(path, { force: true });
    },
  };
}

function listen(server: Server, where: { host: string; port: number } | { path: string }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(where, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

import { connect } from 'node:net';

/** Whether something on 127.0.0.1 takes connections on this port. */
export function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      // Taken leave of, not cut off: a server may not survive a connection that breaks.
      socket.resume().end();
      socket.setTimeout(1000, () => socket.destroy()).unref();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

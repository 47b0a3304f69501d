import { connect, createServer, type Server, type Socket } from 'node:net';

/**
 * Containers have a loopback of their own: what the job's environment names there (`http://127.0.0.1:4000`, the lab's
 * proxy) is passed on from the address under which their network reaches this machine.
 */
export class LabGateway {
  readonly #address: string;
  readonly #servers = new Map<number, Promise<{ server: Server; port: number }>>();
  readonly #sockets = new Set<Socket>();

  constructor(address: string) {
    this.#address = address;
  }

  /** The environment with addresses of this machine's loopback as the containers reach them. */
  async translate(env: Readonly<Record<string, string>>): Promise<Record<string, string>> {
    const entries = Object.entries(env).map(async ([name, value]): Promise<[string, string]> => {
      let translated = value;
      for (const [whole, port] of value.matchAll(/(?<=:\/\/(?:[^\s/@]*@)?)(?:127\.0\.0\.1|localhost):(\d+)/g)) {
        translated = translated.replaceAll(whole, `${this.#address}:${await this.#open(Number(port))}`);
      }
      return [name, translated];
    });
    return Object.fromEntries(await Promise.all(entries));
  }

  close(): void {
    for (const opened of this.#servers.values()) opened.then(({ server }) => server.close()).catch(() => undefined);
    for (const socket of this.#sockets) socket.destroy();
  }

  async #open(port: number): Promise<number> {
    const known = this.#servers.get(port) ?? this.#listen(port);
    this.#servers.set(port, known);
    return (await known).port;
  }

  #listen(port: number): Promise<{ server: Server; port: number }> {
    return new Promise((resolve, reject) => {
      const server = createServer((incoming) => {
        const outgoing = connect(port, '127.0.0.1');
        for (const [socket, other] of [
          [incoming, outgoing],
          [outgoing, incoming],
        ] as const) {
          this.#sockets.add(socket);
          socket.on('error', () => other.destroy());
          socket.once('close', () => {
            this.#sockets.delete(socket);
            other.destroy();
          });
          socket.pipe(other);
        }
      });
      server.once('error', reject);
      server.listen(0, this.#address, () => {
        const address = server.address();
        resolve({ server, port: typeof address === 'object' && address !== null ? address.port : port });
      });
    });
  }
}

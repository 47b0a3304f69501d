import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { expect } from 'vitest';
import type { ForgeChild } from './forge-child.ts';

export interface OddRequest {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
}

/** Sends what nobody who means well would send, and keeps what was not refused as it should be. */
export class OddClient {
  readonly #forge: ForgeChild;
  readonly #faults: string[] = [];
  /** How many requests were sent. */
  tried = 0;

  constructor(forge: ForgeChild) {
    this.#forge = forge;
  }

  note(fault: string): void {
    this.#faults.push(fault);
  }

  /** As written: neither the path nor the headers are made well on the way. */
  send({ method = 'GET', path, headers = {}, body }: OddRequest): Promise<{ status: number; text: string }> {
    this.tried += 1;
    const { port } = this.#forge;
    return new Promise((resolve, reject) => {
      const asked = httpRequest({ host: '127.0.0.1', port, method, path, headers, agent: false }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(chunks).toString() }));
        answer.on('error', reject);
      });
      asked.on('error', reject);
      asked.end(body);
    });
  }

  /** Bytes straight onto the socket, for what no HTTP client can be made to send. */
  sendRaw(bytes: Uint8Array | string): Promise<string> {
    this.tried += 1;
    return new Promise((resolve) => {
      const socket = connect(this.#forge.port, '127.0.0.1');
      let text = '';
      socket.on('data', (chunk) => {
        text += chunk.toString('latin1');
      });
      socket.on('close', () => resolve(text));
      socket.on('error', () => undefined);
      socket.setTimeout(5000, () => socket.destroy());
      socket.end(bytes);
    });
  }

  /** Notes an answer that is no 4xx, or that tells of the forge's insides. */
  async refuses(one: OddRequest): Promise<void> {
    const { status, text } = await this.send(one);
    const body = JSON.stringify(String(one.body ?? '').slice(0, 60));
    const shown = `${one.method ?? 'GET'} ${one.path.slice(0, 100)} ${body}`;
    if (status < 400 || status > 499) this.note(`${shown}: ${status} ${text.slice(0, 150)}`);
    if (/\bat .*\.(?:ts|js):\d+|node:internal/.test(text)) this.note(`${shown}: ${text.slice(0, 300)}`);
  }

  /** Fails unless everything was refused and the forge is up. */
  async isWell(): Promise<void> {
    expect(this.#faults.splice(0)).toEqual([]);
    expect(this.#forge.child.exitCode).toBeNull();
    expect((await this.#forge.call('GET', '/repos/acme/app')).status).toBe(200);
  }
}

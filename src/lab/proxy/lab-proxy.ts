import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  request,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { Socket } from 'node:net';
import { type Duplex, pipeline } from 'node:stream';
import { TLSSocket } from 'node:tls';
import type { Ports } from '../../ports.ts';
import type { CertificateAuthority } from './certificate-authority.ts';
import { connectUpstream } from './connect-upstream.ts';
import type { EgressVerdict } from './egress.ts';

export interface LabProxyOptions {
  readonly authority: CertificateAuthority;
  /** Who answers for a host of the lab; undefined for hosts outside. */
  readonly labHost: (host: string) => RequestListener | undefined;
  /** Whether a host outside may be reached. */
  readonly outside: (host: string) => 'registry' | 'allowed' | undefined;
  /** Answers those who come without a proxy, at 127.0.0.1 itself. */
  readonly direct: RequestListener;
  readonly record: (host: string, port: number, verdict: EgressVerdict) => void;
  /** For the proxy that this machine may itself need. */
  readonly env: Ports['env'];
}

export interface LabProxy {
  /** To be listened on 127.0.0.1, or on a Unix socket, where the Host header alone says who is meant. */
  readonly server: Server;
  close(): void;
}

/**
 * An HTTP proxy that is the internet for whoever uses it: hosts of the lab are answered here, over TLS with the lab's
 * own certificates; package registries and allowed hosts are passed on untouched; all others are refused with 403.
 */
export function createLabProxy(options: LabProxyOptions): LabProxy {
  const sockets = new Set<Duplex>();
  const tunnelHosts = new WeakMap<Duplex, string>();

  function keep(socket: Duplex): void {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    // A client that goes away is no fault; whoever reads from the socket sees it end.
    socket.on('error', () => socket.destroy());
  }

  /** Requests inside a tunnel belong to the host that the tunnel was opened to, whatever their Host header says. */
  const inner = createServer((message, response) => {
    const host = tunnelHosts.get(message.socket) ?? '';
    message.headers.host = host;
    const listener = options.labHost(host);
    if (listener === undefined) refuse(response, host);
    else listener(message, response);
  });

  const server = createServer((message, response) => {
    const target = message.url ?? '/';
    // Also https: our own commands need no TLS to come here.
    if (/^https?:\/\//i.test(target)) {
      forward(message, response, new URL(target));
      return;
    }
    const host = (message.headers.host ?? '').replace(/:\d+$/, '').toLowerCase();
    const listener = options.labHost(host);
    if (listener !== undefined) {
      listener(message, response);
      return;
    }
    // Only loopback names: a web page that points its own name at 127.0.0.1 gets nothing.
    if (host === '127.0.0.1' || host === 'localhost' || host === '[::1]') options.direct(message, response);
    else refuse(response, host);
  });
  server.on('connection', keep);
  for (const each of [server, inner]) {
    each.requestTimeout = 0;
    each.headersTimeout = 30_000;
    each.keepAliveTimeout = 60_000;
  }

  function forward(message: IncomingMessage, response: ServerResponse, url: URL): void {
    const host = url.hostname.toLowerCase();
    const secure = url.protocol === 'https:';
    const port = url.port === '' ? (secure ? 443 : 80) : Number(url.port);
    const listener = options.labHost(host);
    if (listener !== undefined) {
      options.record(host, port, 'lab');
      message.url = `${url.pathname}${url.search}`;
      message.headers.host = host;
      listener(message, response);
      return;
    }
    const verdict = secure ? undefined : options.outside(host);
    options.record(host, port, verdict ?? 'refused');
    if (verdict === undefined) {
      refuse(response, host);
      return;
    }
    connectUpstream(host, port, options.env).then(
      (socket) => {
        keep(socket);
        passRequest(message, response, { path: `${url.pathname}${url.search}`, createConnection: () => socket });
      },
      (error: unknown) => response.writeHead(502).end(`${String(error)}\n`),
    );
  }

  async function tunnel(message: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const { host, port } = target(message.url ?? '');
    if (head.length > 0) socket.unshift(head);
    if (options.labHost(host) !== undefined) {
      options.record(host, port, 'lab');
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      const context = await options.authority.contextFor(host);
      const first = await firstByte(socket);
      if (first === undefined) return;
      // A TLS handshake begins with 22; anything else is plain HTTP, which some clients tunnel too.
      const plain = first !== 22;
      const end = plain
        ? socket
        : new TLSSocket(socket as Socket, { isServer: true, secureContext: context, ALPNProtocols: ['http/1.1'] });
      if (!plain) keep(end);
      tunnelHosts.set(end, host);
      inner.emit('connection', end);
      return;
    }
    const verdict = options.outside(host);
    options.record(host, port, verdict ?? 'refused');
    if (verdict === undefined) {
      const body = refusal(host);
      socket.end(
        `HTTP/1.1 403 ${body}\r\nContent-Type: text/plain\r\nContent-Length: ${Buffer.byteLength(body) + 1}\r\nConnection: close\r\n\r\n${body}\n`,
      );
      return;
    }
    const outside = await connectUpstream(host, port, options.env);
    keep(outside);
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
    pipeline(socket, outside, socket, () => {
      outside.destroy();
      socket.destroy();
    });
  }

  server.on('connect', (message, socket, head) => {
    tunnel(message, socket, head).catch((error: unknown) => {
      socket.end(`HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n${String(error)}\n`);
    });
  });

  return {
    server,
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Sends a request on and its answer back, both as streams. */
export function passRequest(
  message: IncomingMessage,
  response: ServerResponse,
  to: { readonly port?: number; readonly path?: string; readonly createConnection?: () => Duplex },
): void {
  const { 'proxy-connection': _, 'proxy-authorization': __, ...headers } = message.headers;
  const onward = request({
    method: message.method,
    path: to.path ?? message.url,
    headers,
    ...(to.createConnection === undefined
      ? { host: '127.0.0.1', port: to.port }
      : { createConnection: to.createConnection, agent: undefined }),
  });
  onward.on('response', (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    pipeline(answer, response, () => undefined);
  });
  onward.on('error', (error) => {
    if (response.headersSent) response.destroy();
    else response.writeHead(502, { 'content-type': 'text/plain' }).end(`${error.message}\n`);
  });
  response.on('close', () => onward.destroy());
  pipeline(message, onward, () => undefined);
}

function refusal(host: string): string {
  return `The lab does not reach ${host}: allow it with --allow ${host}`;
}

function refuse(response: ServerResponse, host: string): void {
  response.writeHead(403, { 'content-type': 'text/plain' }).end(`${refusal(host)}\n`);
}

function target(authority: string): { host: string; port: number } {
  const match = /^\[?([^\]]*?)\]?:(\d+)$/.exec(authority);
  return {
    host: (match?.[1] ?? authority).toLowerCase().replace(/[^a-z0-9.:_-]/g, ''),
    port: Number(match?.[2] ?? 443),
  };
}

/** Looks at the first byte and leaves it there; undefined when the client goes away first. */
async function firstByte(socket: Duplex): Promise<number | undefined> {
  return new Promise((resolve) => {
    const gone = (): void => resolve(undefined);
    socket.once('close', gone);
    socket.once('readable', () => {
      socket.off('close', gone);
      const chunk = socket.read() as Buffer | null;
      if (chunk === null) return resolve(undefined);
      socket.unshift(chunk);
      resolve(chunk[0]);
    });
  });
}

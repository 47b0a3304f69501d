import * as http from 'node:http';
import * as https from 'node:https';
import { pipeline, Readable } from 'node:stream';
import type { ReadableStream as WebStream } from 'node:stream/web';
import { gunzipSync } from 'node:zlib';
import { proxyAuthorization } from './tunnel-agent.ts';

type AgentFor = (url: URL) => http.Agent & { readonly via?: URL };

interface Asked {
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body: string | Uint8Array | WebStream<Uint8Array> | undefined;
  readonly signal: AbortSignal | undefined;
}

interface Answered {
  readonly status: number;
  readonly statusText: string;
  readonly headers: http.IncomingHttpHeaders;
  /** Read whole, or, where it is large, still to be read. */
  readonly body: Buffer | http.IncomingMessage;
}

const redirects = new Set([301, 302, 303, 307, 308]);
/** Nothing said for so long is a lost connection. */
const silence = 120_000;
/** An answer of so many bytes, which says so, is handed on as it comes: a layer, an artifact. */
const large = 1024 * 1024;

/**
 * fetch, as far as clients of an API and of a registry need it: bodies are texts, bytes or streams, answers are read whole
 * unless they are large, redirects are followed, and the authorization goes to no other host.
 */
export function nodeFetch(agentFor: AgentFor): typeof globalThis.fetch {
  return async (input, init = {}) => {
    let url = new URL(typeof input === 'string' ? input : 'url' in input ? input.url : input.href);
    let asked = read(init);
    for (let hop = 0; ; hop++) {
      const answer = await send(url, asked, agentFor(url));
      const to = redirects.has(answer.status) ? answer.headers.location : undefined;
      if (to === undefined || init.redirect === 'manual') return response(url, answer);
      if (hop === 5 || init.redirect === 'error') throw new TypeError(`${url.href} redirects to ${to}`);
      if (isStream(asked.body)) throw new TypeError(`${url.href} redirects to ${to}, and a stream is sent only once`);
      const next = new URL(to, url);
      const { authorization: _, ...others } = asked.headers;
      const kept = answer.status === 307 || answer.status === 308 || ['GET', 'HEAD'].includes(asked.method);
      asked = {
        ...asked,
        headers: next.origin === url.origin ? asked.headers : others,
        ...(kept ? {} : { method: 'GET', body: undefined }),
      };
      url = next;
    }
  };
}

function read({ method = 'GET', headers = {}, body, signal }: RequestInit): Asked {
  if (body != null && typeof body !== 'string' && !(body instanceof Uint8Array) && !isStream(body))
    throw new TypeError('expected a body of text, bytes or a stream');
  const pairs = Symbol.iterator in headers ? [...(headers as Iterable<[string, string]>)] : Object.entries(headers);
  return {
    method: method.toUpperCase(),
    headers: Object.fromEntries(pairs.map(([name, value]) => [name.toLowerCase(), String(value)])),
    body: body ?? undefined,
    signal: signal ?? undefined,
  };
}

/** Without naming the class, which Node would load for it. */
function isStream(body: unknown): body is WebStream<Uint8Array> {
  return typeof body === 'object' && body !== null && 'getReader' in body;
}

function send(url: URL, asked: Asked, agent: ReturnType<AgentFor>): Promise<Answered> {
  const { method, body, signal } = asked;
  // Of a stream whoever sends it says how long it is, or it goes in chunks.
  const length = isStream(body)
    ? undefined
    : body === undefined
      ? ['POST', 'PUT', 'PATCH'].includes(method)
        ? 0
        : undefined
      : Buffer.byteLength(body);
  const headers = {
    'accept-encoding': 'gzip',
    ...asked.headers,
    ...(length === undefined ? {} : { 'content-length': String(length) }),
  };
  const options = { method, headers, agent, timeout: silence, ...(signal === undefined ? {} : { signal }) };
  return new Promise((resolve, reject) => {
    const { via } = agent;
    const request =
      via === undefined
        ? (url.protocol === 'https:' ? https : http).request(url, options)
        : http.request({
            ...options,
            host: via.hostname,
            port: via.port === '' ? 80 : via.port,
            path: url.href,
            headers: { host: url.host, ...headers, ...proxyAuthorization(via) },
          });
    request.once('timeout', () => request.destroy(new Error(`${url.host} said nothing for ${silence / 1000} s`)));
    request.once('error', reject);
    request.once('response', (message) => {
      const { statusCode = 0, statusMessage = '' } = message;
      const known = { status: statusCode, statusText: statusMessage, headers: message.headers };
      const size = Number(message.headers['content-length'] ?? 0);
      const plain = message.headers['content-encoding'] === undefined;
      if (method !== 'HEAD' && statusCode < 300 && plain && size > large) {
        resolve({ ...known, body: message });
        return;
      }
      const chunks: Buffer[] = [];
      message.on('data', (chunk: Buffer) => chunks.push(chunk));
      message.once('error', reject);
      message.once('end', () => {
        try {
          const bytes = Buffer.concat(chunks);
          const packed = message.headers['content-encoding'] === 'gzip' && bytes.length > 0;
          resolve({ ...known, body: packed ? gunzipSync(bytes) : bytes });
        } catch (error) {
          reject(error);
        }
      });
    });
    if (isStream(body))
      pipeline(Readable.fromWeb(body), request, (error) => {
        if (error != null) reject(error);
      });
    else request.end(body);
  });
}

/** What clients read of a Response; Node's own class would load all of its fetch. */
function response(url: URL, { status, statusText, headers, body }: Answered): Response {
  const pairs = Object.entries(headers).map(([name, value]) => [name, String(value)] as const);
  const named = new Map(pairs);
  const whole = async (): Promise<Buffer> => (Buffer.isBuffer(body) ? body : Buffer.concat(await body.toArray()));
  const answer = {
    status,
    statusText,
    ok: status >= 200 && status < 300,
    url: url.href,
    headers: Object.assign(named, { get: (name: string) => Map.prototype.get.call(named, name.toLowerCase()) ?? null }),
    // A stream only where there is something to stream: making one loads more than most commands need.
    ...(Buffer.isBuffer(body) ? {} : { body: Readable.toWeb(body) }),
    text: async () => (await whole()).toString('utf8'),
    json: async () => JSON.parse((await whole()).toString('utf8')) as unknown,
    arrayBuffer: async () => {
      const bytes = await whole();
      return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
    },
  };
  return answer as unknown as Response;
}

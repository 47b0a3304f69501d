import { generateKeyPairSync } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { IncomingHttpHeaders, IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import type { CA } from '@sigstore/mock/dist/fulcio/ca.js';
import type { CTLog } from '@sigstore/mock/dist/fulcio/ctlog.js';
import type { TSA } from '@sigstore/mock/dist/timestamp/tsa.js';
import type { Clock } from '../../ports.ts';
import { github, publicGood } from '../../sigstore/instances.ts';
import { type CheckToken, certify } from './certify.ts';
import { readTimestampQuery } from './timestamp-query.ts';
import { createTransparencyLog, type TransparencyLog } from './transparency-log.ts';
import { type Authorities, addAuthorities } from './trusted-root.ts';

export interface SigstoreServices {
  /** By host; answers nobody until a first request made the keys. */
  readonly hosts: ReadonlyMap<string, RequestListener>;
}

interface Instance extends Authorities {
  readonly ca: CA;
  readonly tsa: TSA;
  readonly log?: TransparencyLog;
}

/**
 * Sigstore's public instance and GitHub's, under their own names: a certificate authority that checks the job's token, a
 * transparency log (the public one's), a timestamp authority. Their keys live in memory and die with the lab; the
 * authorities of every start are kept in `trusted_root.jsonl`, so that what was signed before stays verified.
 */
export function createSigstoreServices(options: {
  readonly folder: string;
  readonly clock: Clock;
  readonly checkToken: CheckToken;
}): SigstoreServices {
  const { folder, clock, checkToken } = options;
  const started: Partial<Record<'public-good' | 'github', Promise<Instance>>> = {};
  const instance = (name: 'public-good' | 'github'): Promise<Instance> => {
    started[name] ??= start(name, clock).then((made) => {
      const file = trustedRootFile(folder);
      const before = existsSync(file) ? readFileSync(file, 'utf8') : '';
      writeFileSync(`${file}.part`, addAuthorities(before, name, made, clock.now()), { mode: 0o644 });
      renameSync(`${file}.part`, file);
      return made;
    });
    return started[name];
  };

  const fulcio = (name: 'public-good' | 'github') =>
    listener(['/api/v2/signingCert', '/api/v1/signingCert'], async (body, { authorization }, path) => {
      const certified = await certify(body.toString('utf8'), authorization, (await instance(name)).ca, checkToken);
      if ('message' in certified) {
        const { status, message } = certified;
        return { status, json: { code: status === 401 ? 16 : 3, message } };
      }
      const { chain } = certified;
      // The older API answers in PEM (github.com/sigstore/fulcio, pkg/server/legacy_server.go).
      return path === '/api/v2/signingCert'
        ? { status: 200, json: { signedCertificateEmbeddedSct: { chain: { certificates: chain } } } }
        : { status: 201, type: 'application/pem-certificate-chain', bytes: Buffer.from(chain.join('')) };
    });
  const rekor = listener(['/api/v1/log/entries'], async (body) => {
    const { log } = await instance('public-good');
    const answer = (await log?.add(parseJson(body.toString('utf8')))) ?? { status: 400 as const, message: 'no log' };
    const [id = ''] = answer.status === 201 ? Object.keys(answer.body) : [];
    return answer.status === 201
      ? // Clients find their entry by this header (github.com/sigstore/rekor, pkg/api/entries.go).
        { status: 201, json: answer.body, headers: { etag: id, location: `/api/v1/log/entries/${id}` } }
      : { status: 400, json: { code: 400, message: answer.message } };
  });
  const timestamps = (name: 'public-good' | 'github') =>
    listener(['/api/v1/timestamp'], async (body, headers) => {
      const query = readTimestampQuery(body, headers['content-type']);
      if (query === undefined) return { status: 400, json: { code: 400, message: 'no artifactHash' } };
      const { tsa } = await instance(name);
      const answer = await tsa.timestamp({
        artifactHash: query.digest,
        hashAlgorithmOID: '2.16.840.1.101.3.4.2.1',
        nonce: 1,
        policyOID: '1.3.6.1.4.1.57264.2',
        certReq: query.certificates,
      });
      return { status: 201, type: 'application/timestamp-reply', bytes: bytesOf(answer) };
    });

  const host = (url: string | undefined): string => new URL(url ?? '').host;
  return {
    hosts: new Map([
      [host(publicGood.fulcio), fulcio('public-good')],
      [host(publicGood.rekor), rekor],
      [host(publicGood.timestamps), timestamps('public-good')],
      [host(github.fulcio), fulcio('github')],
      [host(github.timestamps), timestamps('github')],
    ]),
  };
}

/** Authorities that jobs of this lab may trust; absent until something was signed. */
export function trustedRootFile(folder: string): string {
  return join(folder, 'trusted_root.jsonl');
}

async function start(name: 'public-good' | 'github', clock: Clock): Promise<Instance> {
  // Slow to load, and needed only by who signs. The index of the package would replace Node's http.
  const [{ initializeCA }, { initializeCTLog }, { initializeTSA }] = await Promise.all([
    import('@sigstore/mock/dist/fulcio/ca.js'),
    import('@sigstore/mock/dist/fulcio/ctlog.js'),
    import('@sigstore/mock/dist/timestamp/tsa.js'),
  ]);
  const keys = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const ctLog: CTLog | undefined = name === 'public-good' ? await initializeCTLog(keys()) : undefined;
  // Whole seconds of the lab's clock: a fraction that ends in 0 is written in a form that verifiers refuse.
  const time = { getCurrentTime: () => new Date(Math.floor(clock.now() / 1000) * 1000) };
  const [ca, tsa] = await Promise.all([
    initializeCA(keys(), ctLog).then((made) => Object.assign(made, time)),
    initializeTSA(keys()).then((made) => Object.assign(made, time)),
  ]);
  const log =
    name === 'public-good' ? createTransparencyLog(new URL(publicGood.rekor ?? '').host, clock.now) : undefined;
  return {
    ca,
    tsa,
    certificates: [bytesOf(ca.rootCertificate)],
    timestampCertificates: [bytesOf(tsa.intCertificate), bytesOf(tsa.rootCertificate)],
    ...(ctLog === undefined ? {} : { certificateLog: { publicKey: ctLog.publicKey, id: bytesOf(ctLog.logID) } }),
    ...(log === undefined ? {} : { log, entryLog: { publicKey: log.publicKey, id: log.logId } }),
  };
}

function bytesOf(view: ArrayBufferView): Buffer {
  return Buffer.from(view.buffer, view.byteOffset, view.byteLength);
}

type Answer =
  | { readonly status: number; readonly json: unknown; readonly headers?: Readonly<Record<string, string>> }
  | { readonly status: number; readonly type: string; readonly bytes: Buffer };

const largest = 32 * 1024 * 1024;

function listener(
  paths: readonly string[],
  answer: (body: Buffer, headers: IncomingHttpHeaders, path: string) => Promise<Answer>,
): RequestListener {
  const serve = async (message: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { pathname } = new URL(message.url ?? '/', 'http://lab');
    if (!paths.includes(pathname) || message.method !== 'POST')
      return send(response, { status: 404, json: { code: 404, message: 'not found' } });
    if (Number(message.headers['content-length'] ?? 0) > largest)
      return send(response, { status: 413, json: { code: 413, message: 'too large' } });
    send(response, await answer(await buffer(message), message.headers, pathname));
  };
  return (message, response) => {
    serve(message, response).catch((error: unknown) => {
      send(response, { status: 500, json: { code: 13, message: String(error) } });
    });
  };
}

function send(response: ServerResponse, answer: Answer): void {
  if ('bytes' in answer) {
    response.writeHead(answer.status, { 'content-type': answer.type }).end(answer.bytes);
  } else {
    const headers = { ...answer.headers, 'content-type': 'application/json' };
    response.writeHead(answer.status, headers).end(JSON.stringify(answer.json));
  }
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch {
    return undefined;
  }
}

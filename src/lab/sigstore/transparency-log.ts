import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { json } from '@sigstore/core';
import { readLogEntry } from './log-entry.ts';

/** What the log answers: an entry by its id, as Rekor's API v1 does. */
export type LogAnswer =
  | { readonly status: 201; readonly body: Readonly<Record<string, unknown>> }
  | { readonly status: 400; readonly message: string };

export interface TransparencyLog {
  /** DER, SubjectPublicKeyInfo. */
  readonly publicKey: Buffer;
  readonly logId: Buffer;
  /** Takes a `dsse` or `hashedrekord` entry whose signature is its verifier's. */
  add(proposed: unknown): Promise<LogAnswer>;
}

/** A log that only grows, with a Merkle tree (RFC 6962) of which each answer proves its place. It dies with the lab. */
export function createTransparencyLog(host: string, now: () => number): TransparencyLog {
  const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const publicKey = keys.publicKey.export({ type: 'spki', format: 'der' });
  const logId = createHash('sha256').update(publicKey).digest();
  const leaves: Buffer[] = [];

  return {
    publicKey,
    logId,
    add: async (proposed) => {
      const entry = await readLogEntry(proposed);
      if (typeof entry === 'string') return { status: 400, message: entry };
      const body = Buffer.from(json.canonicalize(entry) ?? '');
      leaves.push(sha256(Buffer.of(0), body));
      const logIndex = leaves.length - 1;
      const integratedTime = Math.floor(now() / 1000);
      const promise = { body: body.toString('base64'), integratedTime, logIndex, logID: logId.toString('hex') };
      const root = treeHash(leaves);
      const answer = {
        ...promise,
        verification: {
          signedEntryTimestamp: signed(json.canonicalize(promise) ?? '', keys.privateKey).toString('base64'),
          inclusionProof: {
            checkpoint: checkpoint(host, leaves.length, root, logId, keys.privateKey),
            hashes: path(logIndex, leaves).map((hash) => hash.toString('hex')),
            logIndex,
            rootHash: root.toString('hex'),
            treeSize: leaves.length,
          },
        },
      };
      return { status: 201, body: { [leaves[logIndex]?.toString('hex') ?? '']: answer } };
    },
  };
}

function sha256(...parts: readonly Uint8Array[]): Buffer {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
}

const node = (left: Buffer, right: Buffer): Buffer => sha256(Buffer.of(1), left, right);

/** The largest power of two that is smaller. */
function split(count: number): number {
  let size = 1;
  while (size * 2 < count) size *= 2;
  return size;
}

/** RFC 6962 §2.1 */
function treeHash(leaves: readonly Buffer[]): Buffer {
  const [first] = leaves;
  if (first === undefined) return sha256();
  if (leaves.length === 1) return first;
  const at = split(leaves.length);
  return node(treeHash(leaves.slice(0, at)), treeHash(leaves.slice(at)));
}

/** RFC 6962 §2.1.1 */
function path(index: number, leaves: readonly Buffer[]): readonly Buffer[] {
  if (leaves.length <= 1) return [];
  const at = split(leaves.length);
  return index < at
    ? [...path(index, leaves.slice(0, at)), treeHash(leaves.slice(at))]
    : [...path(index - at, leaves.slice(at)), treeHash(leaves.slice(0, at))];
}

function signed(text: string, key: KeyObject): Buffer {
  return sign('sha256', Buffer.from(text), key);
}

/** A signed note (github.com/transparency-dev/formats, log/README.md). */
function checkpoint(host: string, size: number, root: Buffer, logId: Buffer, key: KeyObject): string {
  const note = `${host} - 1\n${size}\n${root.toString('base64')}\n`;
  const signature = Buffer.concat([logId.subarray(0, 4), signed(note, key)]);
  return `${note}\n— ${host} ${signature.toString('base64')}\n`;
}

import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Forge } from '../forge.ts';

/** One of GitHub's own: clients read large caches in ranges only from a name that ends like this. */
export const blobHost = 'productionresultssa0.blob.core.windows.net';
const prefix = '/actions-results/';
const hours = 1;

/** What a holder of the URL may do: `w` puts the blob, `r` reads it. */
export type BlobRight = 'r' | 'w';

export interface SignedBlob {
  readonly name: string;
  readonly rights: BlobRight;
  /** How a reader gets it: its type, and the file name to offer. */
  readonly contentType?: string;
  readonly fileName?: string;
}

/** Made afresh each time a forge opens: who was given a URL by an earlier one asks again. */
const keys = new WeakMap<object, Uint8Array>();

/** A URL to a blob that is good for an hour, under GitHub's host, or under another origin for who came by that. */
export function signedUrl(forge: Forge, blob: SignedBlob, origin = `https://${blobHost}`): string {
  const url = new URL(`${prefix}${blob.name}`, origin);
  url.searchParams.set('se', new Date(forge.clock.now() + hours * 3_600_000).toISOString());
  url.searchParams.set('sp', blob.rights);
  if (blob.contentType !== undefined) url.searchParams.set('rsct', blob.contentType);
  if (blob.fileName !== undefined) url.searchParams.set('rscd', blob.fileName);
  url.searchParams.set('sig', signature(forge, url));
  return url.href;
}

/** What a URL allows; undefined for one that is forged or too old. */
export function readSignedUrl(forge: Forge, url: URL): SignedBlob | undefined {
  const given = Buffer.from(url.searchParams.get('sig') ?? '', 'base64url');
  const right = Buffer.from(signature(forge, url), 'base64url');
  if (given.length !== right.length || !timingSafeEqual(given, right)) return undefined;
  if (!(Date.parse(url.searchParams.get('se') ?? '') > forge.clock.now())) return undefined;
  const contentType = url.searchParams.get('rsct');
  const fileName = url.searchParams.get('rscd');
  return {
    name: url.pathname.slice(prefix.length),
    rights: url.searchParams.get('sp') === 'w' ? 'w' : 'r',
    ...(contentType === null ? {} : { contentType }),
    ...(fileName === null ? {} : { fileName }),
  };
}

export function isBlobPath(path: string): boolean {
  return path.startsWith(prefix);
}

function signature(forge: Forge, url: URL): string {
  let key = keys.get(forge.store);
  if (key === undefined) {
    key = forge.random(32);
    keys.set(forge.store, key);
  }
  const signed = [url.pathname, ...['se', 'sp', 'rsct', 'rscd'].map((name) => url.searchParams.get(name) ?? '')];
  return createHmac('sha256', key).update(JSON.stringify(signed)).digest('base64url');
}

import {
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Forge } from '../forge.ts';

const keyId = 'trunkline-lab';

export type Claims = Readonly<Record<string, unknown>>;

/** A token of the forge's own key, with `iat`, `nbf` and `exp`. */
export function signJwt(forge: Forge, claims: Claims, seconds: number): string {
  const now = Math.floor(forge.clock.now() / 1000);
  const body = { ...claims, iat: now, nbf: now, exp: now + seconds };
  const head = { alg: 'RS256', typ: 'JWT', kid: keyId };
  const text = [head, body].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  return `${text}.${sign('RSA-SHA256', Buffer.from(text), keys(forge).privateKey).toString('base64url')}`;
}

/** The claims of a token that this forge signed and that has not expired. */
export function verifyJwt(forge: Forge, jwt: string): Claims | undefined {
  const [head = '', body = '', signature = ''] = jwt.split('.');
  const signed = Buffer.from(`${head}.${body}`);
  if (!verify('RSA-SHA256', signed, keys(forge).publicKey, Buffer.from(signature, 'base64url'))) return undefined;
  const claims = JSON.parse(Buffer.from(body, 'base64url').toString()) as Claims;
  return Number(claims['exp']) * 1000 < forge.clock.now() ? undefined : claims;
}

/** The public key, as `/.well-known/jwks` shows it. */
export function jwks(forge: Forge): { readonly keys: readonly Claims[] } {
  const jwk = keys(forge).publicKey.export({ format: 'jwk' });
  return { keys: [{ ...jwk, kid: keyId, alg: 'RS256', use: 'sig' }] };
}

interface Keys {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

/** Read once a forge: reading and parsing costs more than signing. */
const known = new WeakMap<object, Keys>();

function keys(forge: Forge): Keys {
  let found = known.get(forge.store);
  if (found === undefined) {
    const privateKey = signingKey(forge);
    found = { privateKey, publicKey: createPublicKey(privateKey) };
    known.set(forge.store, found);
  }
  return found;
}

/** Begins to make the key, so that whoever signs first need not wait for it. */
export async function prepareSigningKey(forge: Pick<Forge, 'folder'>): Promise<void> {
  const path = keyPath(forge);
  if (existsSync(path)) return;
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
  keep(path, privateKey);
}

/** What is there already counts: somebody may have signed with it. */
function keep(path: string, key: KeyObject): void {
  try {
    writeFileSync(path, key.export({ format: 'pem', type: 'pkcs8' }), { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
}

const keyPath = (forge: Pick<Forge, 'folder'>): string => join(forge.folder, 'id-token-key.pem');

/** Made at the first use and kept beside the store, readable by its owner alone. */
function signingKey(forge: Pick<Forge, 'folder'>): KeyObject {
  const path = keyPath(forge);
  try {
    return createPrivateKey(readFileSync(path));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  keep(path, privateKey);
  return privateKey;
}

import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sodium from 'libsodium-wrappers';
import type { Forge } from '../forge.ts';
import { ApiError } from '../http.ts';
import { words } from '../words.ts';

interface KeyPair {
  readonly id: string;
  /** Base64. */
  readonly publicKey: string;
  readonly privateKey: string;
}

/** The key that clients seal secrets with. Made at the first use and kept beside the store, for its owner alone. */
export async function sealingKey(forge: Pick<Forge, 'folder'>): Promise<{ key_id: string; key: string }> {
  await sodium.ready;
  const { id, publicKey } = readKeys(forge);
  return { key_id: id, key: publicKey };
}

/** The secret inside a sealed box. @throws ApiError 422 when it was sealed with another key, or is no sealed box */
export async function openSealed(forge: Pick<Forge, 'folder'>, keyId: string, sealed: string): Promise<string> {
  await sodium.ready;
  const keys = readKeys(forge);
  const base64 = sodium.base64_variants.ORIGINAL;
  try {
    if (keyId !== keys.id) throw new Error('another key');
    const [publicKey, privateKey] = [keys.publicKey, keys.privateKey].map((key) => sodium.from_base64(key, base64));
    if (publicKey === undefined || privateKey === undefined) throw new Error('no key');
    return sodium.to_string(sodium.crypto_box_seal_open(sodium.from_base64(sealed, base64), publicKey, privateKey));
  } catch {
    throw new ApiError(422, words.notSealed());
  }
}

function readKeys(forge: Pick<Forge, 'folder'>): KeyPair {
  const path = join(forge.folder, 'secrets-key.json');
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as KeyPair;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
  const { publicKey, privateKey } = sodium.crypto_box_keypair();
  const base64 = sodium.base64_variants.ORIGINAL;
  const keys: KeyPair = {
    id: String(publicKey.reduce((sum, byte) => (sum * 31 + byte) % 1_000_000_000_000, 7)),
    publicKey: sodium.to_base64(publicKey, base64),
    privateKey: sodium.to_base64(privateKey, base64),
  };
  // Appears whole: half a key, left by a kill, would refuse every secret from then on.
  writeFileSync(`${path}.part`, JSON.stringify(keys), { mode: 0o600 });
  renameSync(`${path}.part`, path);
  return keys;
}

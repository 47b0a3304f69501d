import sodium from 'libsodium-wrappers';

/** Encrypts a secret for GitHub's API (a libsodium sealed box), with the repository's public key; both in base64. */
export async function sealSecret(publicKey: string, value: string): Promise<string> {
  await sodium.ready;
  const sealed = sodium.crypto_box_seal(Buffer.from(value), Buffer.from(publicKey, 'base64'));
  return Buffer.from(sealed).toString('base64');
}

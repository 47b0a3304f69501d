import { webcrypto } from 'node:crypto';
import { createSecureContext, type SecureContext } from 'node:tls';
import type { Clock } from '../../ports.ts';

const day = 86_400_000;
const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

export interface CertificateAuthority {
  /** PEM; the key stays in memory and dies with the lab. */
  readonly certificate: string;
  /** A certificate for this host, made when first asked for. */
  contextFor(host: string): Promise<SecureContext>;
}

/** A throw-away authority: nothing outside the lab's own environment variables ever trusts it. */
export async function createCertificateAuthority(options: {
  readonly clock: Clock;
  readonly random: (bytes: number) => Uint8Array;
}): Promise<CertificateAuthority> {
  // Both are slow to load and needed by labs only; x509 wants the metadata to be there first.
  await import('reflect-metadata');
  const x509 = await import('@peculiar/x509');
  x509.cryptoProvider.set(webcrypto);
  const dates = { notBefore: new Date(options.clock.now() - day), notAfter: new Date(options.clock.now() + 30 * day) };
  const serialNumber = () => `00${Buffer.from(options.random(15)).toString('hex')}`;
  const newKeys = () => webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);

  const keys = await newKeys();
  const root = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: 'CN=Trunkline lab (throw-away authority)',
    ...dates,
    keys,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });

  const leafKeys = await newKeys();
  const leafKey = x509.PemConverter.encode(
    await webcrypto.subtle.exportKey('pkcs8', leafKeys.privateKey),
    'PRIVATE KEY',
  );
  const contexts = new Map<string, Promise<SecureContext>>();

  async function makeContext(host: string): Promise<SecureContext> {
    const leaf = await x509.X509CertificateGenerator.create({
      serialNumber: serialNumber(),
      subject: [{ CN: [host.slice(0, 64)] }],
      issuer: root.subject,
      ...dates,
      publicKey: leafKeys.publicKey,
      signingKey: keys.privateKey,
      signingAlgorithm: algorithm,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
        new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: host }]),
        await x509.AuthorityKeyIdentifierExtension.create(keys.publicKey),
      ],
    });
    return createSecureContext({ key: leafKey, cert: `${leaf.toString('pem')}\n${root.toString('pem')}` });
  }

  return {
    certificate: `${root.toString('pem')}\n`,
    contextFor: (host) => {
      let context = contexts.get(host);
      if (context === undefined) {
        context = makeContext(host);
        contexts.set(host, context);
      }
      return context;
    },
  };
}

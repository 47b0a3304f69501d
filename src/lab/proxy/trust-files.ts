import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import type { Ports } from '../../ports.ts';

export interface TrustFiles {
  /** The lab's authority and the system's: for tools whose variable replaces what they trust. */
  readonly all: string;
  /** The lab's authority, and what the user had added: for Node, which adds it to its own. */
  readonly extra: string;
}

const systemFiles = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
];

/** Writes both files into the folder; real registries stay trusted, companies' own authorities included. */
export function writeTrustFiles(folder: string, authority: string, env: Ports['env']): TrustFiles {
  const files = { all: join(folder, 'ca-bundle.pem'), extra: join(folder, 'ca.pem') };
  const system =
    [env['SSL_CERT_FILE'], ...systemFiles].map(read).find((text) => text !== '') ?? rootCertificates.join('\n');
  const userExtra = certificates(read(env['NODE_EXTRA_CA_CERTS']));
  const known = new Set(rootCertificates.map(withoutSpace));
  // Node reads this file at each start: what it trusts anyway is left out.
  const unknown = userExtra.filter((certificate) => !known.has(withoutSpace(certificate)));
  writeFileSync(files.all, [authority, system, ...unknown, ''].join('\n'));
  writeFileSync(files.extra, [authority, ...unknown, ''].join('\n'));
  return files;
}

function read(path: string | undefined): string {
  if (path === undefined || path === '') return '';
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function certificates(text: string): readonly string[] {
  return text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
}

function withoutSpace(certificate: string): string {
  return certificate.replace(/\s+/g, '');
}

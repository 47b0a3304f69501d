import { HashAlgorithm, PublicKeyDetails, TrustedRoot } from '@sigstore/protobuf-specs';
import { github, publicGood } from '../../sigstore/instances.ts';

interface LogKey {
  readonly publicKey: Buffer;
  readonly id: Buffer;
}

/** Public halves of an instance's keys; certificates in DER, leaf first. */
export interface Authorities {
  readonly certificates: readonly Buffer[];
  readonly timestampCertificates: readonly Buffer[];
  readonly certificateLog?: LogKey;
  readonly entryLog?: LogKey;
}

const mediaType = 'application/vnd.dev.sigstore.trustedroot+json;version=0.1';
const day = 86_400_000;

/** The file of trusted roots, a line for each instance, with these authorities added to the instance's line. */
export function addAuthorities(file: string, name: 'public-good' | 'github', added: Authorities, now: number): string {
  const instance = name === 'public-good' ? publicGood : github;
  const roots = file
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => TrustedRoot.fromJSON(JSON.parse(line)));
  const mine = roots.find((root) => root.certificateAuthorities[0]?.uri === instance.fulcio) ?? emptyRoot();
  // Signatures carry whole seconds: what is signed in the second of the start is not before it.
  const validFor = { start: new Date(now - day), end: undefined };
  const authority = (uri: string, certificates: readonly Buffer[]) => ({
    subject: { organization: 'trunkline lab', commonName: name },
    uri,
    certChain: { certificates: certificates.map((rawBytes) => ({ rawBytes })) },
    validFor,
    operator: 'trunkline lab',
  });
  const log = (baseUrl: string, { publicKey, id }: LogKey) => ({
    baseUrl,
    hashAlgorithm: HashAlgorithm.SHA2_256,
    publicKey: { rawBytes: publicKey, keyDetails: PublicKeyDetails.PKIX_ECDSA_P256_SHA_256, validFor },
    logId: { keyId: id },
    checkpointKeyId: undefined,
    operator: 'trunkline lab',
  });
  mine.certificateAuthorities.push(authority(instance.fulcio, added.certificates));
  mine.timestampAuthorities.push(authority(instance.timestamps ?? '', added.timestampCertificates));
  if (added.certificateLog !== undefined) mine.ctlogs.push(log('https://ctfe.sigstore.dev', added.certificateLog));
  if (added.entryLog !== undefined) mine.tlogs.push(log(instance.rekor ?? '', added.entryLog));
  const all = roots.includes(mine) ? roots : [...roots, mine];
  return all.map((root) => `${JSON.stringify(TrustedRoot.toJSON(root))}\n`).join('');
}

function emptyRoot(): TrustedRoot {
  return { mediaType, tlogs: [], certificateAuthorities: [], ctlogs: [], timestampAuthorities: [] };
}

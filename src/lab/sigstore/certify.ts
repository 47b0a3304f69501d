import { createPublicKey, verify } from 'node:crypto';
import type { CA } from '@sigstore/mock/dist/fulcio/ca.js';
import { certificateClaims, githubIssuer } from '../../sigstore/github-claims.ts';
import { pem } from '../../sigstore/pem.ts';

/** The claims of a token that the issuer signed and that has not expired; undefined for any other. */
export type CheckToken = (jwt: string) => Readonly<Record<string, unknown>> | undefined;

export type Certified =
  /** PEM, leaf first. */
  { readonly chain: readonly string[] } | { readonly status: 400 | 401; readonly message: string };

interface SigningRequest {
  readonly credentials?: { readonly oidcIdentityToken?: unknown };
  readonly publicKeyRequest?: {
    readonly publicKey?: { readonly content?: unknown };
    readonly proofOfPossession?: unknown;
  };
  /** Of the older API, which cosign asked before version 3: DER in base64. */
  readonly publicKey?: { readonly content?: unknown };
  readonly signedEmailAddress?: unknown;
}

/**
 * A certificate for a job's key, as Fulcio gives one: the token must be this issuer's, for `sigstore`, signed and fresh,
 * and whoever asks must hold the key. The token may come as `Authorization`, as cosign sends it. (github.com/sigstore/fulcio,
 * pkg/server, pkg/identity/github)
 */
export async function certify(
  body: string,
  authorization: string | undefined,
  ca: CA,
  checkToken: CheckToken,
): Promise<Certified> {
  const request = parse(body);
  const jwt = request?.credentials?.oidcIdentityToken ?? /^bearer\s+(\S+)$/i.exec(authorization ?? '')?.[1];
  const key = request?.publicKeyRequest?.publicKey?.content ?? older(request?.publicKey?.content);
  const proof = request?.publicKeyRequest?.proofOfPossession ?? request?.signedEmailAddress;
  if (typeof jwt !== 'string') return { status: 401, message: 'There was an error processing the identity token' };
  const claims = checkToken(jwt);
  if (claims === undefined || claims['iss'] !== githubIssuer || claims['aud'] !== 'sigstore')
    return { status: 401, message: 'There was an error processing the identity token' };
  if (typeof key !== 'string' || typeof proof !== 'string')
    return { status: 400, message: 'The public key supplied in the request could not be parsed' };
  try {
    const publicKey = createPublicKey(key);
    const subject = Buffer.from(String(claims['sub'] ?? ''));
    if (!verify('sha256', subject, publicKey, Buffer.from(proof, 'base64')))
      return { status: 400, message: 'The signature supplied in the request could not be verified' };
    const leaf = await ca.issueCertificate({
      publicKey: Buffer.from(publicKey.export({ type: 'spki', format: 'der' })),
      subjectAltName: `https://github.com/${String(claims['job_workflow_ref'])}`,
      extensions: extensions(claims),
    });
    return { chain: [leaf, ca.rootCertificate].map((one) => pemOf(one)) };
  } catch {
    return { status: 400, message: 'The public key supplied in the request could not be parsed' };
  }
}

/** DER, or PEM, in base64. */
function older(content: unknown): string | undefined {
  if (typeof content !== 'string') return undefined;
  const bytes = Buffer.from(content, 'base64');
  const text = bytes.toString('latin1');
  return text.startsWith('-----') ? text : `-----BEGIN PUBLIC KEY-----\n${content}\n-----END PUBLIC KEY-----\n`;
}

function parse(body: string): SigningRequest | undefined {
  try {
    return JSON.parse(body) as SigningRequest;
  } catch {
    return undefined;
  }
}

/** github.com/sigstore/fulcio, docs/oid-info.md and pkg/identity/github/principal.go */
function extensions(claims: Readonly<Record<string, unknown>>): { oid: string; value: string; legacy?: boolean }[] {
  const claim = (name: string): string => String(claims[name] ?? '');
  const at = (name: string): string => `https://github.com/${claim(name)}`;
  const oid = certificateClaims;
  const values: readonly (readonly [string, string])[] = [
    [oid.issuer, claim('iss')],
    [oid.signerUri, at('job_workflow_ref')],
    [oid.signerDigest, claim('job_workflow_sha')],
    [oid.runnerEnvironment, claim('runner_environment')],
    [oid.repositoryUri, at('repository')],
    [oid.commit, claim('sha')],
    [oid.ref, claim('ref')],
    [oid.repositoryId, claim('repository_id')],
    [oid.ownerUri, at('repository_owner')],
    [oid.ownerId, claim('repository_owner_id')],
    [oid.workflowUri, at('workflow_ref')],
    [oid.workflowDigest, claim('workflow_sha')],
    [oid.trigger, claim('event_name')],
    [oid.runUri, `${at('repository')}/actions/runs/${claim('run_id')}/attempts/${claim('run_attempt')}`],
    [oid.visibility, claim('repository_visibility')],
  ];
  const legacy: readonly (readonly [string, string])[] = [
    ['1.3.6.1.4.1.57264.1.1', claim('iss')],
    ['1.3.6.1.4.1.57264.1.2', claim('event_name')],
    ['1.3.6.1.4.1.57264.1.3', claim('sha')],
    ['1.3.6.1.4.1.57264.1.4', claim('workflow')],
    ['1.3.6.1.4.1.57264.1.5', claim('repository')],
    ['1.3.6.1.4.1.57264.1.6', claim('ref')],
  ];
  return [
    ...legacy.map(([id, value]) => ({ oid: id, value, legacy: true })),
    ...values.map(([id, value]) => ({ oid: id, value })),
  ];
}

function pemOf(der: ArrayBufferView): string {
  return pem(Buffer.from(der.buffer, der.byteOffset, der.byteLength));
}

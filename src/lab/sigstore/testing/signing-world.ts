import { createHash, generateKeyPairSync, randomBytes, sign, verify } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SerializedBundle } from '@sigstore/bundle';
import { createAdmin } from '../../../forge/admin.ts';
import { openStore } from '../../../forge/store.ts';
import type { Digest } from '../../../model/digest.ts';
import { digestOf } from '../../../registry/digest-of.ts';
import { createRegistryClient, type RegistryClient } from '../../../registry/registry-client.ts';
import { attachBundle } from '../../../sigstore/bundle-store.ts';
import type { ClassicSignature } from '../../../sigstore/classic/classic-signature.ts';
import { attachClassic } from '../../../sigstore/classic/classic-store.ts';
import { signClassic } from '../../../sigstore/classic/sign-classic.ts';
import { githubIssuer } from '../../../sigstore/github-claims.ts';
import type { IdentityToken } from '../../../sigstore/identity-token.ts';
import { publicGood, type SigstoreInstance } from '../../../sigstore/instances.ts';
import { signStatement } from '../../../sigstore/sign-statement.ts';
import { predicateTypes, type Statement, statementAbout } from '../../../sigstore/statement.ts';
import { parseTrustedRoots, type TrustedInstance } from '../../../sigstore/trusted-roots.ts';
import { createRegistryServer } from '../../registry/registry-server.ts';
import { RegistryStore } from '../../registry/registry-store.ts';
import { createSigstoreServices, trustedRootFile } from '../sigstore-services.ts';

export type Claims = Readonly<Record<string, unknown>>;
export type Image = { readonly registry: string; readonly repository: string; readonly digest: Digest };

const jobClaims = {
  iss: githubIssuer,
  aud: 'sigstore',
  sub: 'repo:acme/app:ref:refs/heads/main',
  ref: 'refs/heads/main',
  sha: 'c'.repeat(40),
  repository: 'acme/app',
  repository_id: '7',
  repository_owner: 'acme',
  repository_owner_id: '3',
  repository_visibility: 'public',
  job_workflow_ref: 'acme/app/.github/workflows/publish.yml@refs/heads/main',
  job_workflow_sha: 'c'.repeat(40),
  workflow: 'Publish',
  workflow_ref: 'acme/app/.github/workflows/publish.yml@refs/heads/main',
  workflow_sha: 'c'.repeat(40),
  event_name: 'push',
  run_id: '1',
  run_attempt: '1',
  runner_environment: 'github-hosted',
};

/** A registry, two Sigstore instances and an issuer of tokens on loopback; the clock can be moved. */
export async function openSigningWorld() {
  const folder = mkdtempSync(join(tmpdir(), 'signing-'));
  let shift = 0;
  let lateness = 0;
  const clock = { now: () => Date.now() + shift, sleep: async () => undefined };
  const store = await openStore(join(folder, 'forge'), clock);
  const urls = { html: 'https://github.com', api: 'https://api.github.com' };
  const forge = { store, clock, random: randomBytes, folder, urls };
  const admin = createAdmin(forge);
  admin.createUser('alice');
  admin.createOrganization('acme', { members: ['alice'] });
  const password = admin.createToken('alice', { scopes: ['write:packages'] });

  const keys = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const services = createSigstoreServices({
    folder,
    clock,
    checkToken: (jwt) => {
      const [head = '', body = '', signature = ''] = jwt.split('.');
      const bytes = Buffer.from(`${head}.${body}`);
      if (!verify('RSA-SHA256', bytes, keys.publicKey, Buffer.from(signature, 'base64url'))) return undefined;
      const claims = JSON.parse(Buffer.from(body, 'base64url').toString()) as Claims;
      return Number(claims['exp']) * 1000 < clock.now() ? undefined : claims;
    },
  });
  const registryStore = new RegistryStore(join(folder, 'registry'));
  await registryStore.open();
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const registryListener = createRegistryServer({
    forge,
    store: registryStore,
    url: `http://${host}`,
    deployTargetSecret: 'x',
  });
  server.on('request', (message, response) => {
    const listener = services.hosts.get(String(message.headers['x-for'] ?? '')) ?? registryListener;
    listener(message, response);
  });
  /** Under their own names, as in the lab; here a header says who is meant. */
  const fetchHere: typeof fetch = (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    if (!services.hosts.has(url.host)) return fetch(input, init);
    if (!url.host.startsWith('fulcio.')) shift = lateness;
    const headers = { ...(init?.headers as Record<string, string>), 'x-for': url.host };
    return fetch(`http://${host}${url.pathname}`, { ...init, headers });
  };
  const registry: RegistryClient = createRegistryClient({
    fetch: fetchHere,
    credentials: () => ({ username: 'x', password }),
  });

  const token = (changes: Claims = {}, seconds = 300): IdentityToken => {
    const claims = { ...jobClaims, exp: Math.floor(clock.now() / 1000) + seconds, ...changes };
    const text = [{ alg: 'RS256' }, claims]
      .map((one) => Buffer.from(JSON.stringify(one)).toString('base64url'))
      .join('.');
    const jwt = `${text}.${sign('RSA-SHA256', Buffer.from(text), keys.privateKey).toString('base64url')}`;
    return { jwt, claims };
  };

  /** An image, or an index of two platforms, whose bytes nobody else has. */
  const pushImage = async (index: boolean, name = 'api'): Promise<{ image: Image; places: readonly Digest[] }> => {
    const place = { registry: host, repository: `acme/${name}` };
    const manifest = async (): Promise<{ mediaType: string; digest: Digest; size: number }> => {
      const layer = randomBytes(20);
      const content = (): Uint8Array => layer;
      await registry.putBlob(place, { digest: digestOf(layer), size: layer.length, content });
      const descriptor = { mediaType: 'application/octet-stream', digest: digestOf(layer), size: layer.length };
      const mediaType = 'application/vnd.oci.image.manifest.v1+json';
      const bytes = Buffer.from(
        JSON.stringify({ schemaVersion: 2, mediaType, config: descriptor, layers: [descriptor] }),
      );
      return { mediaType, digest: await registry.putManifest(place, { mediaType, bytes }), size: bytes.length };
    };
    if (!index) {
      const { digest } = await manifest();
      return { image: { ...place, digest }, places: [digest] };
    }
    const children = [await manifest(), await manifest()];
    const mediaType = 'application/vnd.oci.image.index.v1+json';
    const manifests = children.map((child, at) => ({
      ...child,
      platform: { os: 'linux', architecture: at === 0 ? 'amd64' : 'arm64' },
    }));
    const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, manifests }));
    const digest = await registry.putManifest(place, { mediaType, bytes });
    return { image: { ...place, digest }, places: [digest, ...children.map((child) => child.digest)] };
  };

  const statement = (digest: Digest, type: string = predicateTypes.provenance, predicate: unknown = {}): Statement =>
    statementAbout(`${host}/acme/api`, digest, type, predicate);

  const signed = (
    about: Statement,
    claims: Claims = {},
    instance: SigstoreInstance = publicGood,
  ): Promise<SerializedBundle> => signStatement({ fetch: fetchHere }, instance, token(claims), about);

  const attach = (image: Image, bundle: SerializedBundle, type: string = predicateTypes.provenance): Promise<Digest> =>
    attachBundle(registry, image, bundle, type, '2026-01-01T00:00:00Z');

  const signedClassic = (
    digest: Digest,
    claims: Claims = {},
    instance: SigstoreInstance = publicGood,
  ): Promise<ClassicSignature> =>
    signClassic({ fetch: fetchHere }, instance, token(claims), { name: `${host}/acme/api`, digest });

  return {
    folder,
    host,
    /** What `docker login` would keep for the registry. */
    auth: Buffer.from(`x:${password}`).toString('base64'),
    fetch: fetchHere,
    registry,
    token,
    pushImage,
    statement,
    signed,
    attach,
    signedClassic,
    attachClassic: (image: Image, signature: ClassicSignature): Promise<Digest> =>
      attachClassic(registry, image, signature),
    /** Milliseconds between a certificate and whoever logs and times what is signed with it. */
    setLateness: (milliseconds: number): void => {
      lateness = milliseconds;
      shift = 0;
    },
    trusted: (): readonly TrustedInstance[] =>
      parseTrustedRoots('trusted_root.jsonl', readFileSync(trustedRootFile(folder), 'utf8')),
    close: async (): Promise<void> => {
      server.closeAllConnections();
      server.close();
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export type SigningWorld = Awaited<ReturnType<typeof openSigningWorld>>;

/** A digest that no image has. */
export function strangeDigest(): Digest {
  return `sha256:${createHash('sha256').update(randomBytes(8)).digest('hex')}` as Digest;
}

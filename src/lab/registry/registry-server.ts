import { createHash } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { Forge } from '../../forge/forge.ts';
import { ApiError } from '../../forge/http.ts';
import { type Digest, isDigest } from '../../model/digest.ts';
import { isRepositoryName, isTag } from '../../registry/image-reference.ts';
import type { RegistryRights } from '../aws/aws-accounts.ts';
import { checkManifest, readAll } from './check-manifest.ts';
import {
  anonymous,
  basicPassword,
  identifyRegistryUser,
  jobRepository,
  mayPull,
  mayPush,
  type PackageRecord,
  passwordOf,
  type RegistryIdentity,
} from './registry-access.ts';
import { accepted, challenge, created, notAuthorized, RegistryError, send, unauthorized } from './registry-answers.ts';
import type { RegistryStore } from './registry-store.ts';

export interface RegistryServerOptions {
  readonly forge: Forge;
  readonly store: RegistryStore;
  /** As clients reach it, for the token endpoint's address: `https://ghcr.io`. */
  readonly url: string;
  /** With it the deploy target pulls, as a cluster does with its pull secret. */
  readonly deployTargetSecret: string;
  /** Whether it keeps lists of referrers itself; otherwise who hangs something on an image keeps one under a tag. */
  readonly referrers?: boolean;
  /** What a password of ECR's is good for here, by the role that got it; undefined for one of another kind. */
  readonly rights?: (password: string) => RegistryRights | undefined;
}

interface Call {
  readonly message: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  readonly identity: RegistryIdentity;
  /** The package, `acme/api`. */
  readonly name: string;
  readonly last: string;
}

/**
 * A container registry after the distribution specification 1.1, with ghcr.io's ways: tokens of the forge, `/token`,
 * `permission_denied: write_package`. Bodies are streamed to disk and kept only under the digest that they have.
 */
export function createRegistryServer(options: RegistryServerOptions): RequestListener {
  const { forge, store } = options;

  async function serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(message.url ?? '/', options.url);
    if (url.pathname === '/token') return giveToken(message, response);
    const identity = identify(message);
    if (url.pathname === '/v2/' || url.pathname === '/v2') {
      if (message.headers.authorization === undefined) throw unauthorized();
      return send(response, 200, {}, '{}');
    }
    const match = /^\/v2\/(.+)\/(blobs\/uploads|blobs|manifests|tags|referrers)\/([^/]*)$/.exec(url.pathname);
    const [, name = '', kind = '', last = ''] = match ?? [];
    if (match === null || !isRepositoryName(name)) throw new RegistryError(404, 'NAME_UNKNOWN', 'no such page');
    const call: Call = { message, response, url, identity, name, last };
    const reads = message.method === 'GET' || message.method === 'HEAD';
    if (kind === 'blobs/uploads') return upload(call);
    if (kind === 'tags' && reads && last === 'list') return listTags(call);
    if (kind === 'blobs' && reads) return readBlob(call);
    if (kind === 'manifests' && reads) return readManifest(call);
    if (kind === 'referrers' && options.referrers === false)
      throw new RegistryError(404, 'NAME_UNKNOWN', 'no such page');
    if (kind === 'referrers' && reads) return listReferrers(call);
    if (kind === 'manifests' && message.method === 'PUT') return writeManifest(call);
    if (kind === 'manifests' && message.method === 'DELETE') return deleteManifest(call);
    throw new RegistryError(405, 'UNSUPPORTED', 'The lab’s registry does not do this');
  }

  function identify(message: IncomingMessage): RegistryIdentity {
    try {
      const password = passwordOf(message.headers.authorization);
      const may = password === undefined ? undefined : options.rights?.(password);
      if (may !== undefined) return { kind: 'cloud-role', may };
      return identifyRegistryUser(forge, message.headers.authorization, options.deployTargetSecret);
    } catch (error) {
      if (error instanceof ApiError) throw unauthorized();
      throw error;
    }
  }

  /** As ghcr.io, the token is the password again, in base64: nothing to keep, and void with what it was made of. */
  function giveToken(message: IncomingMessage, response: ServerResponse): void {
    if (message.headers.authorization !== undefined) identify(message);
    const token = basicPassword(message.headers.authorization) ?? anonymous;
    send(response, 200, {}, JSON.stringify({ token: Buffer.from(token).toString('base64'), expires_in: 300 }));
  }

  async function mayRead(call: Call, record: PackageRecord): Promise<boolean> {
    if (call.identity.kind === 'cloud-role') return call.identity.may('ecr:BatchGetImage', call.name);
    return mayPull(forge, call.identity, record, await store.shares(record.repositoryId));
  }

  async function wantPull(call: Call): Promise<void> {
    const record = await store.record(call.name);
    if (record !== undefined && (await mayRead(call, record))) return;
    if (call.identity.kind === 'anonymous') throw unauthorized(call.name, 'pull');
    if (record !== undefined && call.identity.kind === 'cloud-role')
      throw notAuthorized('ecr:BatchGetImage', call.name);
    if (record === undefined) throw new RegistryError(404, 'NAME_UNKNOWN', 'repository name not known to registry');
    throw new RegistryError(403, 'DENIED', 'permission_denied: read_package');
  }

  async function wantPush(call: Call, action: 'ecr:PutImage' | 'ecr:BatchDeleteImage' = 'ecr:PutImage'): Promise<void> {
    if (call.identity.kind === 'anonymous') throw unauthorized(call.name, 'pull,push');
    const record = await store.record(call.name);
    const [owner = ''] = call.name.split('/');
    if (call.identity.kind === 'cloud-role') {
      if (!call.identity.may(action, call.name)) throw notAuthorized(action, call.name);
      const ownerId = forge.store.accounts.by('login', owner)[0]?.id ?? 0;
      if (record === undefined) await store.create(call.name, { ownerId });
      return;
    }
    if (!mayPush(forge, call.identity, owner, record, await store.shares(record?.repositoryId))) {
      throw new RegistryError(403, 'DENIED', 'permission_denied: write_package');
    }
    if (record !== undefined) return;
    const ownerId = forge.store.accounts.by('login', owner)[0]?.id;
    const repository = jobRepository(forge, call.identity);
    if (ownerId === undefined) return;
    await store.create(call.name, { ownerId, ...(repository === undefined ? {} : { repositoryId: repository.id }) });
  }

  async function upload(call: Call): Promise<void> {
    const { message, response, name, last } = call;
    await wantPush(call);
    if (message.method === 'POST' && last === '') {
      const mount = call.url.searchParams.get('mount') ?? '';
      const from = call.url.searchParams.get('from') ?? '';
      if (isDigest(mount) && isRepositoryName(from) && (await mounted(call, mount, from))) {
        return created(response, `/v2/${name}/blobs/${mount}`, mount);
      }
      const id = await store.startUpload();
      if (call.url.searchParams.has('digest')) return finish(call, id);
      return accepted(response, name, id, 0);
    }
    const size = /^[0-9a-f-]{36}$/.test(last) ? await store.uploadSize(last) : undefined;
    if (size === undefined) throw new RegistryError(404, 'BLOB_UPLOAD_UNKNOWN', 'blob upload unknown to registry');
    if (message.method === 'GET') return accepted(response, name, last, size, 204);
    if (message.method === 'DELETE') {
      await store.cancelUpload(last);
      return send(response, 204);
    }
    const start = /^(?:bytes[ =])?(\d+)-/.exec(message.headers['content-range'] ?? '')?.[1];
    if (start !== undefined && Number(start) !== size) {
      response.setHeader('range', `0-${Math.max(0, size - 1)}`);
      throw new RegistryError(416, 'BLOB_UPLOAD_INVALID', `expected the chunk from byte ${size}`);
    }
    if (message.method === 'PATCH') return accepted(response, name, last, await store.append(last, message));
    if (message.method === 'PUT') return finish(call, last);
    throw new RegistryError(405, 'UNSUPPORTED', 'an upload takes PATCH, PUT, GET and DELETE');
  }

  async function mounted(call: Call, digest: Digest, from: string): Promise<boolean> {
    const record = await store.record(from);
    return record !== undefined && (await mayRead(call, record)) && store.mount(call.name, digest, from);
  }

  async function finish(call: Call, id: string): Promise<void> {
    const digest = call.url.searchParams.get('digest') ?? '';
    if (!isDigest(digest))
      throw new RegistryError(400, 'DIGEST_INVALID', `expected a sha256 digest, found "${digest}"`);
    await store.append(id, call.message);
    if (!(await store.finishUpload(call.name, id, digest))) {
      throw new RegistryError(400, 'DIGEST_INVALID', 'provided digest did not match uploaded content');
    }
    created(call.response, `/v2/${call.name}/blobs/${digest}`, digest);
  }

  async function readBlob(call: Call): Promise<void> {
    await wantPull(call);
    const size = isDigest(call.last) ? await store.blobSize(call.name, call.last) : undefined;
    if (size === undefined || !isDigest(call.last)) {
      throw new RegistryError(404, 'BLOB_UNKNOWN', 'blob unknown to registry');
    }
    call.response.writeHead(200, {
      'content-type': 'application/octet-stream',
      'content-length': size,
      'docker-content-digest': call.last,
    });
    if (call.message.method === 'HEAD') call.response.end();
    else await pipeline(store.readBlob(call.last), call.response);
  }

  async function readManifest(call: Call): Promise<void> {
    await wantPull(call);
    const digest = isDigest(call.last)
      ? call.last
      : isTag(call.last)
        ? await store.tag(call.name, call.last)
        : undefined;
    const found = digest === undefined ? undefined : await store.manifest(call.name, digest);
    if (found === undefined || digest === undefined) {
      throw new RegistryError(404, 'MANIFEST_UNKNOWN', 'manifest unknown');
    }
    const headers = { 'content-type': found.mediaType, 'docker-content-digest': digest };
    send(call.response, 200, headers, found.bytes, call.message.method === 'HEAD');
  }

  async function writeManifest(call: Call): Promise<void> {
    await wantPush(call);
    const bytes = await readAll(call.message);
    const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}` as Digest;
    if (!isDigest(call.last) && !isTag(call.last))
      throw new RegistryError(400, 'TAG_INVALID', 'manifest tag is invalid');
    if (isDigest(call.last) && call.last !== digest) {
      throw new RegistryError(400, 'DIGEST_INVALID', 'provided digest did not match uploaded content');
    }
    const { mediaType, subject, referrer } = await checkManifest(store, call, bytes);
    await store.putManifest(call.name, {
      digest,
      mediaType,
      bytes,
      ...(isDigest(call.last) ? {} : { tag: call.last }),
    });
    if (subject !== undefined && options.referrers !== false) {
      await store.addReferrer(call.name, subject, { ...referrer, mediaType, digest, size: bytes.length });
      call.response.setHeader('oci-subject', subject);
    }
    created(call.response, `/v2/${call.name}/manifests/${digest}`, digest);
  }

  /** An unknown digest has no referrers, and that is no error (distribution specification 1.1, "Listing referrers"). */
  async function listReferrers(call: Call): Promise<void> {
    await wantPull(call);
    if (!isDigest(call.last)) throw new RegistryError(400, 'DIGEST_INVALID', `expected a digest, found "${call.last}"`);
    const wanted = call.url.searchParams.get('artifactType');
    const all = await store.referrers(call.name, call.last);
    const manifests = wanted === null ? all : all.filter((one) => one.artifactType === wanted);
    const mediaType = 'application/vnd.oci.image.index.v1+json';
    const filtered = wanted === null ? {} : { 'oci-filters-applied': 'artifactType' };
    const body = JSON.stringify({ schemaVersion: 2, mediaType, manifests });
    send(call.response, 200, { 'content-type': mediaType, ...filtered }, body, call.message.method === 'HEAD');
  }

  /** By a digest the manifest and every tag of it; by a tag the tag alone. */
  async function deleteManifest(call: Call): Promise<void> {
    await wantPush(call, 'ecr:BatchDeleteImage');
    const deleted = isDigest(call.last)
      ? await store.deleteManifest(call.name, call.last)
      : isTag(call.last) && (await store.deleteTag(call.name, call.last));
    if (!deleted) throw new RegistryError(404, 'MANIFEST_UNKNOWN', 'manifest unknown');
    send(call.response, 202);
  }

  async function listTags(call: Call): Promise<void> {
    await wantPull(call);
    const after = call.url.searchParams.get('last') ?? '';
    const all = (await store.tags(call.name)).filter((tag) => tag > after);
    const count = Number(call.url.searchParams.get('n') ?? all.length);
    const tags = all.slice(0, Number.isInteger(count) && count >= 0 ? count : all.length);
    const more = tags.length > 0 && tags.length < all.length;
    const next = `</v2/${call.name}/tags/list?n=${tags.length}&last=${tags.at(-1)}>; rel="next"`;
    send(call.response, 200, more ? { link: next } : {}, JSON.stringify({ name: call.name, tags }));
  }

  return (message, response) => {
    response.setHeader('docker-distribution-api-version', 'registry/2.0');
    serve(message, response).catch((error: unknown) => {
      // The rest of a refused body is read and dropped, so that the client gets to see the answer.
      message.resume();
      if (response.headersSent) {
        response.destroy();
        return;
      }
      const known = error instanceof RegistryError ? error : new RegistryError(500, 'UNKNOWN', String(error));
      if (known.status === 401) response.setHeader('www-authenticate', challenge(options.url, known.message));
      const message401 = known.status === 401 ? 'authentication required' : known.message;
      send(response, known.status, {}, JSON.stringify({ errors: [{ code: known.code, message: message401 }] }));
    });
  };
}

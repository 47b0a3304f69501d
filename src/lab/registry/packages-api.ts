import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { authenticate } from '../../forge/authenticate.ts';
import type { Forge } from '../../forge/forge.ts';
import { ApiError } from '../../forge/http.ts';
import { pageOf } from '../../forge/pagination.ts';
import { type Digest, isDigest } from '../../model/digest.ts';
import { mayDelete, mayPull } from './registry-access.ts';
import type { RegistryStore } from './registry-store.ts';

const versionsPath =
  /^(?:\/api\/v3)?\/(orgs|users)\/([\w.-]+)\/packages\/container\/([^/?]+)\/versions(?:\/(\d+))?(?:\?.*)?$/;

/**
 * GitHub's API for versions of a container package (docs.github.com, "REST API endpoints for packages"): every manifest is
 * one, tagged or not. Whatever is asked otherwise goes on to the forge.
 */
export function packagesApi(forge: Forge, store: RegistryStore, otherwise: RequestListener): RequestListener {
  return (request, response) => {
    const match = versionsPath.exec(request.url ?? '');
    if (match === null) {
      otherwise(request, response);
      return;
    }
    const [, kind, owner = '', encoded = '', id] = match;
    const name = `${owner.toLowerCase()}/${decodeURIComponent(encoded).toLowerCase()}`;
    answer(request, kind, name, id).then(
      (found) => send(response, found),
      (error: unknown) => {
        const status = error instanceof ApiError ? error.status : 500;
        const message = error instanceof Error ? error.message : String(error);
        send(response, { status, body: { message, status: String(status) } });
      },
    );
  };

  async function answer(
    request: IncomingMessage,
    kind: string | undefined,
    name: string,
    id: string | undefined,
  ): Promise<Answer> {
    const identity = authenticate(forge, request.headers.authorization);
    // Unlike a pull, this is nobody's but somebody's, of public packages too.
    if (identity.kind === 'anonymous') throw new ApiError(401, 'Requires authentication');
    const [owner = ''] = name.split('/');
    const organisation = forge.store.accounts.by('login', owner)[0]?.type === 'Organization';
    if (organisation !== (kind === 'orgs')) throw new ApiError(404, 'Not Found');
    const record = await store.record(name);
    const shares = await store.shares(record?.repositoryId);
    if (record === undefined || !mayPull(forge, identity, record, shares)) throw new ApiError(404, 'Not Found');
    const versions = await versionsOf(name);
    const wanted = versions.find((one) => String(one.id) === id);
    if (id === undefined && request.method === 'GET') {
      const url = new URL(`${forge.urls.api}${request.url?.replace(/^\/api\/v3/, '') ?? ''}`);
      const { page, link } = pageOf(url, versions);
      return {
        status: 200,
        body: page.map((one) => present(name, one)),
        ...(link === undefined ? {} : { headers: { link } }),
      };
    }
    if (wanted === undefined) throw new ApiError(404, 'Not Found');
    if (request.method === 'GET') return { status: 200, body: present(name, wanted) };
    if (request.method !== 'DELETE') throw new ApiError(404, 'Not Found');
    if (!mayDelete(forge, identity, owner, record))
      throw new ApiError(403, 'You need at least delete:packages scope to delete a package.');
    if (wanted.tags.length > 0 && versions.filter((one) => one.tags.length > 0).length === 1)
      throw new ApiError(
        400,
        'You cannot delete the last tagged version of a package. You must delete the package instead.',
      );
    await store.deleteManifest(name, wanted.digest);
    return { status: 204 };
  }

  async function versionsOf(name: string): Promise<readonly Version[]> {
    const tags = new Map<Digest, string[]>();
    for (const tag of await store.tags(name)) {
      const digest = await store.tag(name, tag);
      if (digest !== undefined) tags.set(digest, [...(tags.get(digest) ?? []), tag]);
    }
    const manifests = await store.manifests(name);
    return manifests
      .filter(({ digest }) => isDigest(digest))
      .map(({ digest, at }) => ({ digest, at, id: idOf(digest), tags: tags.get(digest) ?? [] }))
      .sort((a, b) => b.at - a.at || a.digest.localeCompare(b.digest));
  }
}

interface Version {
  readonly id: number;
  readonly digest: Digest;
  readonly tags: readonly string[];
  readonly at: number;
}

/** Of the digest, so that nothing has to be kept. */
function idOf(digest: Digest): number {
  return Number.parseInt(digest.slice('sha256:'.length, 'sha256:'.length + 12), 16);
}

function present(name: string, { id, digest, tags, at }: Version): unknown {
  const [org = '', ...rest] = name.split('/');
  const time = new Date(at).toISOString().replace(/\.\d+Z$/, 'Z');
  const place = `packages/container/${encodeURIComponent(rest.join('/'))}`;
  return {
    id,
    name: digest,
    url: `https://api.github.com/orgs/${org}/${place}/versions/${id}`,
    package_html_url: `https://github.com/orgs/${org}/${place}`,
    html_url: `https://github.com/orgs/${org}/${place}/${id}`,
    created_at: time,
    updated_at: time,
    metadata: { package_type: 'container', container: { tags } },
  };
}

interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

function send(response: ServerResponse, { status, body, headers }: Answer): void {
  response.writeHead(status, { ...headers, 'content-type': 'application/json; charset=utf-8' });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}

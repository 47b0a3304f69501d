import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { authenticate } from '../../forge/authenticate.ts';
import type { Forge } from '../../forge/forge.ts';
import { ApiError } from '../../forge/http.ts';
import { type Digest, isDigest } from '../../model/digest.ts';
import { mayPull, mayPush } from './registry-access.ts';
import type { RegistryStore } from './registry-store.ts';

const versionsPath =
  /^(?:\/api\/v3)?\/(orgs|users)\/([\w.-]+)\/packages\/container\/([^/?]+)\/versions(?:\/(\d+))?(?:\?(.*))?$/;

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
    const [, kind, owner = '', encoded = '', id, query = ''] = match;
    const name = `${owner.toLowerCase()}/${decodeURIComponent(encoded).toLowerCase()}`;
    answer(request, kind, name, id, new URLSearchParams(query)).then(
      ({ status, body }) => send(response, status, body),
      (error: unknown) => {
        const status = error instanceof ApiError ? error.status : 500;
        send(response, status, {
          message: error instanceof Error ? error.message : String(error),
          status: String(status),
        });
      },
    );
  };

  async function answer(
    request: IncomingMessage,
    kind: string | undefined,
    name: string,
    id: string | undefined,
    query: URLSearchParams,
  ): Promise<{ status: number; body?: unknown }> {
    const identity = authenticate(forge, request.headers.authorization);
    const [owner = ''] = name.split('/');
    const organisation = forge.store.accounts.by('login', owner)[0]?.type === 'Organization';
    if (organisation !== (kind === 'orgs')) throw new ApiError(404, 'Not Found');
    const record = await store.record(name);
    const shares = await store.shares(record?.repositoryId);
    if (record === undefined || !mayPull(forge, identity, record, shares)) throw new ApiError(404, 'Not Found');
    const versions = await versionsOf(name);
    const wanted = versions.find((one) => String(one.id) === id);
    if (id === undefined && request.method === 'GET') {
      const perPage = Math.min(100, Number(query.get('per_page') ?? 30));
      const start = (Number(query.get('page') ?? 1) - 1) * perPage;
      return { status: 200, body: versions.slice(start, start + perPage).map((one) => present(name, one)) };
    }
    if (wanted === undefined) throw new ApiError(404, 'Not Found');
    if (request.method === 'GET') return { status: 200, body: present(name, wanted) };
    if (request.method !== 'DELETE') throw new ApiError(404, 'Not Found');
    if (!mayPush(forge, identity, owner, record))
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

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}

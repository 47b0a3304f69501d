import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Context } from 'hono';
import { optionalText, readBody, validationFailed } from '../body.ts';
import type { Forge } from '../forge.ts';
import { ApiError, type ForgeApp, type Identity } from '../http.ts';
import { paginate } from '../pagination.ts';
import { presentReleaseAsset } from '../present/release.ts';
import type { GithubRelease, ReleaseAsset, Repository } from '../rows.ts';
import { timestamp } from '../timestamp.ts';
import { atRepository, pathNumber } from './at-repository.ts';

type ApiContext = Context<{ Variables: { identity: Identity } }>;

/** Files of GitHub Releases: their bytes are kept beside the repositories, a file each. */
export function releaseAssetsRoutes(app: ForgeApp, forge: Forge): void {
  const { store } = forge;
  const base = '/repos/:owner/:repo/releases';
  const release = (repository: Repository, id: number): GithubRelease => {
    const found = store.githubReleases.get(id);
    if (found === undefined || found.repositoryId !== repository.id) throw new ApiError(404, 'Not Found');
    return found;
  };
  const asset = (repository: Repository, c: ApiContext): { release: GithubRelease; asset: ReleaseAsset } => {
    const id = pathNumber(c, 'asset');
    for (const one of store.githubReleases.by('repository', repository.id)) {
      const found = one.assets?.find((each) => each.id === id);
      if (found !== undefined) return { release: one, asset: found };
    }
    throw new ApiError(404, 'Not Found');
  };
  const change = (id: number, assets: (before: readonly ReleaseAsset[]) => readonly ReleaseAsset[]): void =>
    store.transaction(() => {
      const now = store.githubReleases.get(id);
      if (now !== undefined) store.githubReleases.put({ ...now, assets: assets(now.assets ?? []) });
    });

  app.get(`${base}/:release/assets`, (c) => {
    const { repository } = atRepository(forge, c, 'contents', 'read');
    const held = release(repository, pathNumber(c, 'release'));
    return c.json(paginate(c, held.assets ?? []).map((one) => presentReleaseAsset(forge, repository, held, one)));
  });
  app.post(`${base}/:release/assets`, async (c) => {
    const { repository, identity } = atRepository(forge, c, 'contents', 'write');
    const held = release(repository, pathNumber(c, 'release'));
    const name = c.req.query('name') ?? '';
    const refusal = (code: string) => validationFailed({ resource: 'ReleaseAsset', field: 'name', code });
    if (!/^[^/\0]{1,255}$/.test(name) || /^\.+$/.test(name)) throw refusal(name === '' ? 'missing_field' : 'invalid');
    const taken = (): boolean => release(repository, held.id).assets?.some((one) => one.name === name) === true;
    if (taken()) throw refusal('already_exists');
    const id = store.next('releaseAssets');
    const kept = await keep(forge, id, c.req.raw.body);
    // Somebody may have been faster while the bytes came in.
    if (taken()) {
      await removeAsset(forge, id);
      throw refusal('already_exists');
    }
    const at = timestamp(forge);
    const made: ReleaseAsset = {
      id,
      name,
      label: c.req.query('label') ?? '',
      contentType: c.req.header('content-type') ?? 'application/octet-stream',
      ...kept,
      uploaderId: identity.account?.id ?? 0,
      createdAt: at,
      updatedAt: at,
    };
    change(held.id, (before) => [...before, made]);
    return c.json(presentReleaseAsset(forge, repository, held, made), 201);
  });
  app.get(`${base}/assets/:asset`, (c) => {
    const { repository } = atRepository(forge, c, 'contents', 'read');
    const found = asset(repository, c);
    if (!/octet-stream/.test(c.req.header('accept') ?? ''))
      return c.json(presentReleaseAsset(forge, repository, found.release, found.asset));
    const bytes = Readable.toWeb(createReadStream(assetPath(forge, found.asset.id))) as ReadableStream;
    return c.body(bytes, 200, {
      'Content-Type': 'application/octet-stream',
      'Content-Length': String(found.asset.size),
    });
  });
  app.patch(`${base}/assets/:asset`, async (c) => {
    const { repository } = atRepository(forge, c, 'contents', 'write');
    const found = asset(repository, c);
    const body = await readBody(c);
    const changed: ReleaseAsset = {
      ...found.asset,
      name: optionalText(body, 'name') ?? found.asset.name,
      label: optionalText(body, 'label') ?? found.asset.label,
      updatedAt: timestamp(forge),
    };
    change(found.release.id, (before) => before.map((one) => (one.id === changed.id ? changed : one)));
    return c.json(presentReleaseAsset(forge, repository, found.release, changed));
  });
  app.delete(`${base}/assets/:asset`, async (c) => {
    const { repository } = atRepository(forge, c, 'contents', 'write');
    const found = asset(repository, c);
    change(found.release.id, (before) => before.filter((one) => one.id !== found.asset.id));
    await removeAsset(forge, found.asset.id);
    return c.body(null, 204);
  });
}

/** Forgets an asset's bytes. */
export async function removeAsset(forge: Pick<Forge, 'folder'>, id: number): Promise<void> {
  await rm(assetPath(forge, id), { force: true });
}

/** Whole or not at all: the name is given when the last byte is there. */
async function keep(
  forge: Forge,
  id: number,
  body: ReadableStream<Uint8Array> | null,
): Promise<Pick<ReleaseAsset, 'size' | 'digest'>> {
  const path = assetPath(forge, id);
  await mkdir(join(forge.folder, 'release-assets'), { recursive: true });
  const part = `${path}.part`;
  const hash = createHash('sha256');
  const bytes = body === null ? Readable.from([]) : Readable.fromWeb(body as Parameters<typeof Readable.fromWeb>[0]);
  try {
    await pipeline(bytes, createWriteStream(part, { mode: 0o600 }));
    await pipeline(createReadStream(part), hash);
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
  return { size: (await stat(path)).size, digest: `sha256:${hash.digest('hex')}` };
}

function assetPath(forge: Pick<Forge, 'folder'>, id: number): string {
  return join(forge.folder, 'release-assets', String(id));
}

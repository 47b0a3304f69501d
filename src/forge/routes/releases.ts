import type { Context } from 'hono';
import { type Body, optionalFlag, optionalText, readBody, requiredText, validationFailed } from '../body.ts';
import type { Forge } from '../forge.ts';
import { ApiError, type ForgeApp, type Identity } from '../http.ts';
import { paginate } from '../pagination.ts';
import { hasPermission } from '../permissions.ts';
import { presentRelease } from '../present/release.ts';
import { createRelease, latestRelease, type ReleaseChange, updateRelease } from '../releases.ts';
import type { GithubRelease, Repository } from '../rows.ts';
import { atRepository, pathNumber } from './at-repository.ts';
import { removeAsset } from './release-assets.ts';

/** GitHub Releases; release-assets.ts has their files. */
export function releasesRoutes(app: ForgeApp, forge: Forge): void {
  const base = '/repos/:owner/:repo/releases';
  app.get(base, (c) => {
    const { repository, identity } = atRepository(forge, c, 'contents', 'read');
    const all = forge.store.githubReleases
      .by('repository', repository.id)
      .filter((one) => maySee(forge, identity, repository, one))
      .toReversed();
    return c.json(paginate(c, all).map((one) => presentRelease(forge, repository, one)));
  });
  app.post(base, async (c) => {
    const { repository, identity } = atRepository(forge, c, 'contents', 'write');
    const body = await readBody(c);
    const input = { ...changeOf(body), tag: requiredText(body, 'tag_name', 'Release') };
    return c.json(presentRelease(forge, repository, await createRelease(forge, identity, repository, input)), 201);
  });
  app.get(`${base}/latest`, (c) => {
    const { repository } = atRepository(forge, c, 'contents', 'read');
    return c.json(presentRelease(forge, repository, required(latestRelease(forge, repository))));
  });
  app.get(`${base}/tags/:tag{.+}`, (c) => {
    const { repository } = atRepository(forge, c, 'contents', 'read');
    const all = forge.store.githubReleases.by('repository', repository.id);
    const found = all.find((one) => one.tag === c.req.param('tag') && !one.draft);
    return c.json(presentRelease(forge, repository, required(found)));
  });
  const find = (c: Context<{ Variables: { identity: Identity } }>, repository: Repository): GithubRelease => {
    const found = forge.store.githubReleases.get(pathNumber(c, 'release'));
    const own = found?.repositoryId === repository.id && maySee(forge, c.get('identity'), repository, found);
    return required(own ? found : undefined);
  };
  app.get(`${base}/:release`, (c) => {
    const { repository } = atRepository(forge, c, 'contents', 'read');
    return c.json(presentRelease(forge, repository, find(c, repository)));
  });
  app.patch(`${base}/:release`, async (c) => {
    const { repository, identity } = atRepository(forge, c, 'contents', 'write');
    const change = changeOf(await readBody(c));
    const changed = await updateRelease(forge, identity, repository, find(c, repository), change);
    return c.json(presentRelease(forge, repository, changed));
  });
  app.delete(`${base}/:release`, async (c) => {
    const { repository } = atRepository(forge, c, 'contents', 'write');
    const { id, assets = [] } = find(c, repository);
    forge.store.transaction(() => forge.store.githubReleases.delete(id));
    for (const asset of assets) await removeAsset(forge, asset.id);
    return c.body(null, 204);
  });
}

/** Drafts are for those who may write. */
function maySee(forge: Forge, identity: Identity, repository: Repository, release: GithubRelease): boolean {
  return !release.draft || hasPermission(forge, identity, repository, 'contents', 'write');
}

function required(release: GithubRelease | undefined): GithubRelease {
  if (release === undefined) throw new ApiError(404, 'Not Found');
  return release;
}

function changeOf(body: Body): ReleaseChange {
  const all = {
    tag: optionalText(body, 'tag_name'),
    target: optionalText(body, 'target_commitish'),
    name: optionalText(body, 'name'),
    body: optionalText(body, 'body'),
    draft: optionalFlag(body, 'draft'),
    prerelease: optionalFlag(body, 'prerelease'),
    latest: latestOf(body),
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

/** `legacy` asks for what GitHub did before: here that is the default. @throws ApiError 422 */
function latestOf(body: Body): boolean | undefined {
  const text = optionalText(body, 'make_latest');
  if (text === undefined || text === 'legacy') return undefined;
  if (text === 'true' || text === 'false') return text === 'true';
  throw validationFailed({ resource: 'Release', code: 'invalid', field: 'make_latest' });
}

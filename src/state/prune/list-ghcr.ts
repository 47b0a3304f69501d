import { type GitHub, statusOf } from '../../github/client.ts';
import { type Digest, isDigest } from '../../model/digest.ts';
import type { ImageRepository } from '../../registry/registry-client.ts';
import { everyPage } from '../find-pulls.ts';
import type { Listed } from './read-inventory.ts';

/** A container package at ghcr.io, as GitHub's API names it. */
export interface GhcrPackage {
  /** Packages of people have paths of their own. */
  readonly owner: { readonly kind: 'org' | 'user'; readonly login: string };
  readonly name: string;
  readonly versions: readonly Listed[];
  /** What a version is deleted by. */
  readonly ids: ReadonlyMap<Digest, number>;
}

/** Every version of a package, tagged or not, by GitHub's packages API. @throws GITHUB_REFUSED where it is not to be seen */
export async function listGhcr(github: GitHub, { repository }: ImageRepository): Promise<GhcrPackage> {
  const [login = '', ...rest] = repository.split('/');
  const name = rest.join('/');
  const wanted = { package_type: 'container', package_name: name, per_page: 100 } as const;
  const ofOrg = () =>
    everyPage((page) =>
      github.request('GET /orgs/{org}/packages/{package_type}/{package_name}/versions', {
        ...wanted,
        org: login,
        page,
      }),
    );
  const ofUser = () =>
    everyPage((page) =>
      github.request('GET /users/{username}/packages/{package_type}/{package_name}/versions', {
        ...wanted,
        username: login,
        page,
      }),
    );
  const { kind, found } = await ofOrg().then(
    (versions) => ({ kind: 'org' as const, found: versions }),
    async (error: unknown) => {
      if (statusOf(error) !== 404) throw error;
      const versions = await ofUser().catch((second: unknown) => {
        throw statusOf(second) === 404 ? error : second;
      });
      return { kind: 'user' as const, found: versions };
    },
  );
  const versions = found.flatMap(({ id, name: digest, metadata, created_at }) =>
    isDigest(digest) ? [{ id, digest, tags: metadata?.container?.tags ?? [], pushedAt: Date.parse(created_at) }] : [],
  );
  return {
    owner: { kind, login },
    name,
    versions,
    ids: new Map(versions.map(({ digest, id }) => [digest, id])),
  };
}

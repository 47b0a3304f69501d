import type { RepositoryFiles } from './repository-files.ts';

/** `registry` of trunkline.yaml. */
export type FoundRegistry = { readonly ecr: string; readonly prefix?: string };

/** An Elastic Container Registry that the workflows or manifests name; GHCR needs no line. */
export function findRegistry(files: RepositoryFiles): FoundRegistry | undefined {
  for (const text of files.texts.values()) {
    const found =
      /\b(?<account>\d{12})\.dkr\.ecr\.(?<region>[a-z0-9-]+)\.amazonaws\.com(?:\/(?<prefix>[a-z0-9._/-]+)\/[a-z0-9._-]+)?/.exec(
        text,
      )?.groups;
    if (found === undefined) continue;
    const { account = '', region = '', prefix } = found;
    return { ecr: `${account}/${region}`, ...(prefix === undefined ? {} : { prefix }) };
  }
  return undefined;
}

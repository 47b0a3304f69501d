import type { FoundEnvironments, FoundManifests } from './find-environments.ts';
import type { RepositoryFiles } from './repository-files.ts';

export interface SplitManifests {
  readonly manifests: FoundManifests;
  readonly files: readonly { readonly path: string; readonly text: string }[];
  /** Files that nothing of Trunkline's reads any more. */
  readonly left: readonly string[];
}

/**
 * A JSON file for each service in place of one for each environment, each with what stood under the service's key.
 * Undefined where no file is shared, the files are of another kind, or a service is not a key of its own at the top.
 */
export function splitManifests(files: RepositoryFiles, found: FoundEnvironments): SplitManifests | undefined {
  const { manifests } = found;
  if (
    found.shared.length === 0 ||
    manifests?.kind !== 'json' ||
    manifests.file.includes('{service}') ||
    manifests.file.includes('{group}')
  )
    return undefined;
  const rest = /^\{service\}\.(?<rest>.+)$/.exec(manifests.path ?? '')?.groups?.['rest'];
  if (rest === undefined) return undefined;
  const file = manifests.file.replace(/\.json$/, '/{service}.json');
  const made = found.places.map(({ service, environment, place }) => {
    const all: unknown = JSON.parse((files.texts.get(place.file) ?? '').replace(/^\uFEFF/, ''));
    const own = (all as Readonly<Record<string, unknown>>)[service];
    const path = file.replaceAll('{environment}', environment).replaceAll('{service}', service);
    return { path, text: `${JSON.stringify(own, undefined, 2)}\n` };
  });
  return { manifests: { kind: 'json', file, path: rest }, files: made, left: found.shared };
}

export function canSplit(files: RepositoryFiles, found: FoundEnvironments): boolean {
  return splitManifests(files, found) !== undefined;
}

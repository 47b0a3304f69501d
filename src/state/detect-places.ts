import { TrunklineError } from '../errors.ts';
import type { GitHub } from '../github/client.ts';
import { type DetectedPin, detectPins } from '../manifest/detect-pins.ts';

export interface DetectedPlace extends DetectedPin {
  readonly environment: string;
  readonly file: string;
}

interface TreeAnswer {
  readonly entries?: readonly { readonly name: string; readonly object: { readonly text?: string | null } | null }[];
}

/** Folders that hold a JSON manifest for each environment. */
export const detectedFolders = ['envs', 'environments'] as const;

/** What an infra repository pins that nobody ever configured for Trunkline. @throws NOT_FOUND for the repository */
export async function detectPlaces(
  github: GitHub,
  repository: string,
): Promise<{ readonly commit: string; readonly places: readonly DetectedPlace[] }> {
  const [owner = '', name = ''] = repository.split('/');
  const tree = (folder: string): string =>
    `${folder}: object(expression: "HEAD:${folder}") { ... on Tree { entries { name object { ... on Blob { text } } } } }`;
  const answer = await github.query<{
    repository: ({ defaultBranchRef: { target: { oid: string } } | null } & Record<string, TreeAnswer | null>) | null;
  }>(
    `query Detect($owner: String!, $name: String!) { repository(owner: $owner, name: $name) { defaultBranchRef { target { oid } } ${detectedFolders.map(tree).join(' ')} } }`,
    { owner, name },
  );
  if (answer.repository?.defaultBranchRef == null)
    throw new TrunklineError('NOT_FOUND', `expected the repository ${repository} with a default branch, found none`);
  const { repository: found } = answer;
  const places = detectedFolders.flatMap((folder) =>
    (found[folder]?.entries ?? []).flatMap((entry) => {
      const environment = /^(.+)\.json$/.exec(entry.name)?.[1];
      if (environment === undefined) return [];
      const file = `${folder}/${entry.name}`;
      return detectPins(entry.object?.text ?? '').map((one) => ({ ...one, environment, file }));
    }),
  );
  return { commit: found.defaultBranchRef?.target.oid ?? '', places };
}

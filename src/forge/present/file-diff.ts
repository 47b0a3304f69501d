import type { Forge } from '../forge.ts';
import type { FileDiff } from '../git/diff-files.ts';
import { fullNameOf } from '../permissions.ts';
import type { Repository } from '../rows.ts';

/** A changed file, as commits, comparisons and pull requests list it. */
export function presentFileDiff(forge: Forge, repository: Repository, at: string, file: FileDiff) {
  const name = fullNameOf(forge, repository);
  const path = file.path.split('/').map(encodeURIComponent).join('/');
  return {
    sha: file.sha,
    filename: file.path,
    status: file.status,
    additions: file.additions,
    deletions: file.deletions,
    changes: file.additions + file.deletions,
    blob_url: `${forge.urls.html}/${name}/blob/${at}/${path}`,
    raw_url: `${forge.urls.html}/${name}/raw/${at}/${path}`,
    contents_url: `${forge.urls.api}/repos/${name}/contents/${path}?ref=${at}`,
    ...(file.patch === undefined ? {} : { patch: file.patch }),
    ...(file.previousPath === undefined ? {} : { previous_filename: file.previousPath }),
  };
}

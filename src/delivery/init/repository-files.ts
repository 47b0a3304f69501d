import { mayHoldPins } from '../../manifest/detect-places.ts';

/** A repository at one commit, as far as `init` looks: every path, and the texts of those that it wants to read. */
export interface RepositoryFiles {
  /** The folder's own name, for a service that is the whole repository. */
  readonly name: string;
  readonly paths: readonly string[];
  readonly texts: ReadonlyMap<string, string>;
}

const wanted =
  /(?:^|\/)(?:Dockerfile|Containerfile|Makefile|package\.json|\.nvmrc|\.python-version|go\.mod|pyproject\.toml|requirements[\w.-]*\.txt|CODEOWNERS|(?:docker-)?compose\.ya?ml)$|^\.github\/workflows\/[^/]+\.ya?ml$/;

/** Which files `init` has to read, by their paths. */
export function initReads(path: string): boolean {
  return wanted.test(path) || mayHoldPins(path);
}

/** Folders whose contents are somebody else's, or no part of what is delivered. */
const foreign =
  /(?:^|\/)(?:node_modules|vendor|third_party|testdata|fixtures|examples?|e2e|tests?|\.devcontainer|\.github)\//;

/** Files of that name which are the repository's own; the folder of each is `.` for the root. */
export function foldersWith(files: RepositoryFiles, ...names: readonly string[]): readonly string[] {
  const folders = files.paths
    .filter((path) => names.includes(path.split('/').at(-1) ?? '') && !foreign.test(path))
    .map((path) => path.split('/').slice(0, -1).join('/') || '.');
  return [...new Set(folders)].sort();
}

/** A path in a folder, `.` being the root. */
export function inFolder(folder: string, name: string): string {
  return folder === '.' ? name : `${folder}/${name}`;
}

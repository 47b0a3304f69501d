import type { FoundCommands } from './find-commands.ts';
import { inFolder, type RepositoryFiles } from './repository-files.ts';

/** Ruff and pytest, as far as the folder's files name them, behind what installs them where the lock file says so. */
export function findPythonCommands(files: RepositoryFiles, folder: string): FoundCommands {
  const text = (name: string): string => files.texts.get(inFolder(folder, name)) ?? '';
  const project = text('pyproject.toml');
  const requirements = files.paths
    .filter((path) => path.startsWith(folder === '.' ? '' : `${folder}/`))
    .map((path) => (folder === '.' ? path : path.slice(folder.length + 1)))
    .filter((name) => /^requirements[\w.-]*\.txt$/.test(name));
  const everything = [project, ...requirements.map(text)].join('\n');
  const lint = /^\[tool\.ruff\b|^ruff\b/m.test(everything);
  const unit = /pytest/.test(everything);
  if (!lint && !unit) return {};
  const { install, run } = installerOf(files, folder, project, requirements, [
    ...(lint ? ['ruff'] : []),
    ...(unit ? ['pytest'] : []),
  ]);
  return { install, ...(lint ? { lint: `${run}ruff check .` } : {}), ...(unit ? { unit: `${run}pytest` } : {}) };
}

function installerOf(
  files: RepositoryFiles,
  folder: string,
  project: string,
  requirements: readonly string[],
  tools: readonly string[],
): { readonly install: string; readonly run: string } {
  const has = (lock: string): boolean => [folder, '.'].some((place) => files.paths.includes(inFolder(place, lock)));
  if (has('uv.lock')) return { install: 'pip install uv && uv sync --locked', run: 'uv run ' };
  if (has('poetry.lock')) return { install: 'pip install poetry && poetry install', run: 'poetry run ' };
  const extra = /^\[project\.optional-dependencies\][^[]*?^(dev|test|tests)\s*=/m.exec(project)?.[1];
  const own = /^\[project\]/m.test(project) ? [extra === undefined ? '.' : `".[${extra}]"`] : [];
  const said = requirements.map((name) => `-r ${name}`);
  return { install: `pip install ${[...said, ...(said.length === 0 ? own : []), ...tools].join(' ')}`, run: '' };
}

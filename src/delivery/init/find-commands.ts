import { findPythonCommands } from './find-python-commands.ts';
import { inFolder, type RepositoryFiles } from './repository-files.ts';

/** How a service is checked, as far as its own files say. */
export interface FoundCommands {
  readonly install?: string;
  readonly lint?: string;
  readonly unit?: string;
  readonly integration?: string;
}

type Step = keyof FoundCommands;
const steps: readonly Step[] = ['install', 'lint', 'unit', 'integration'];

/** Names under which people keep each step, the likeliest first. */
const names: Readonly<Record<Step, readonly string[]>> = {
  install: [],
  lint: ['lint', 'check', 'vet'],
  unit: ['unit', 'test-unit', 'unit-test', 'test:unit', 'test'],
  integration: ['integration', 'test-integration', 'integration-test', 'test:integration', 'it'],
};

/**
 * What a Makefile, package.json, go.mod or pyproject.toml of the folder offers, asked in this order; run from there, or
 * from a folder below it.
 */
export function findCommands(files: RepositoryFiles, folder: string, from = folder): FoundCommands {
  const sources = [
    fromMakefile(files, folder, from),
    ...[fromPackage, fromGo, findPythonCommands].map((read) => read(files, folder)),
  ];
  return Object.fromEntries(
    steps.flatMap((step) => {
      const found = sources.find((source) => source[step] !== undefined)?.[step];
      return found === undefined ? [] : [[step, found]];
    }),
  );
}

function fromMakefile(files: RepositoryFiles, folder: string, from: string): FoundCommands {
  const text = files.texts.get(inFolder(folder, 'Makefile')) ?? '';
  const targets = new Set([...text.matchAll(/^([A-Za-z][\w:-]*)\s*:(?!=)/gm)].map(([, target]) => target ?? ''));
  const up = folder === from ? '' : `-C ${from.replaceAll(/[^/]+/g, '..')} `;
  return chosen(
    (name) => targets.has(name),
    (name) => `make ${up}${name}`,
  );
}

function fromPackage(files: RepositoryFiles, folder: string): FoundCommands {
  const scripts = packageOf(files, folder)?.scripts ?? {};
  const manager = managers.find(({ lock }) =>
    [folder, '.'].some((place) => files.paths.includes(inFolder(place, lock))),
  );
  const { install, run } = manager ?? { install: undefined, run: 'npm' };
  return {
    ...(install === undefined || packageOf(files, folder) === undefined ? {} : { install }),
    ...chosen(
      (name) => Object.hasOwn(scripts, name) && !/no test specified/.test(String(scripts[name])),
      (name) => (name === 'test' ? `${run} test` : `${run} run ${name}`),
    ),
  };
}

/** By their lock file, which in a workspace lies at the root. */
const managers = [
  { lock: 'package-lock.json', run: 'npm', install: 'npm ci' },
  { lock: 'pnpm-lock.yaml', run: 'pnpm', install: 'corepack enable && pnpm install --frozen-lockfile' },
  { lock: 'yarn.lock', run: 'yarn', install: 'corepack enable && yarn install --immutable' },
] as const;

function fromGo(files: RepositoryFiles, folder: string): FoundCommands {
  if (!files.texts.has(inFolder(folder, 'go.mod'))) return {};
  return { lint: 'go vet ./...', unit: 'go test -race -count=1 ./...' };
}

function chosen(offered: (name: string) => boolean, command: (name: string) => string): FoundCommands {
  return Object.fromEntries(
    steps.flatMap((step) => {
      const name = names[step].find(offered);
      return name === undefined ? [] : [[step, command(name)]];
    }),
  );
}

interface PackageFile {
  readonly name?: unknown;
  readonly dependencies?: unknown;
  readonly devDependencies?: unknown;
  readonly scripts?: Readonly<Record<string, unknown>>;
  readonly engines?: Readonly<Record<string, unknown>>;
}

/** package.json of a folder; undefined where it is none. */
export function packageOf(files: RepositoryFiles, folder: string): PackageFile | undefined {
  try {
    const value: unknown = JSON.parse(files.texts.get(inFolder(folder, 'package.json')) ?? '');
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

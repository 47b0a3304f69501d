import { randomUUID } from 'node:crypto';
import { mkdir, readFile, realpath, rename } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { TrunklineError } from '../../errors.ts';
import type { RunService } from '../../protocol/run-service.ts';
import { type Action, parseAction } from '../../workflow/parse-action.ts';
import { removeFolder } from '../process/remove-folder.ts';
import type { ActionSource, BuiltInAction, BuiltInProgram } from './action.ts';
import { checkPin } from './check-pin.ts';

/** Where a step's `uses` leads. */
export type FoundAction =
  | { readonly kind: 'built-in'; readonly action: BuiltInAction }
  | {
      readonly kind: 'folder';
      readonly action: Action;
      /** Holds action.yml. */
      readonly folder: string;
      /** `owner/repo` and ref, for published actions. */
      readonly repository: string;
      readonly ref: string;
      /** For the log: where the code came from, and its commit. */
      readonly origin: string;
      /** Absent: real. */
      readonly fidelity?: 'built-in';
    };

export interface ActionFinder {
  /**
   * `./path` inside the workspace, `owner/repo[/path]@ref`. `pinned` are the refs that a commit is said to be.
   * @throws ACTION_NOT_FOUND, UNSUPPORTED, WORKFLOW_INVALID
   */
  find(uses: string, workspace: string, pinned?: readonly string[]): Promise<FoundAction>;
}

export interface ActionFinderOptions {
  readonly service: Pick<RunService, 'resolve' | 'export'>;
  readonly sources: readonly ActionSource[];
  readonly builtIns: ReadonlyMap<string, BuiltInAction | BuiltInProgram>;
  readonly realActions?: boolean;
  /** Actions are kept here by repository and commit. */
  readonly folder: string;
}

/**
 * Finds actions: in the workspace, on the forge, by name among the built-in ones, in the sources in their order. With
 * `realActions` the sources come before the built-in ones. A commit is held against the ref that it is said to be.
 */
export function actionFinder(options: ActionFinderOptions): ActionFinder {
  const published = async (
    repository: string,
    path: string,
    ref: string,
    pinned: readonly string[],
  ): Promise<LoadedAction | BuiltInAction | BuiltInProgram | undefined> => {
    const name = [repository, path]
      .filter((part) => part !== '')
      .join('/')
      .toLowerCase();
    const builtIn = options.builtIns.get(name);
    const first = await fromForge(options, repository, ref);
    if (first !== undefined) return first;
    for (const named of new Set(pinned)) await checkPin(options.sources, repository, ref, named);
    if (builtIn !== undefined && options.realActions !== true) return builtIn;
    return (await fromSources(options, repository, ref)) ?? builtIn;
  };
  return {
    find: async (uses, workspace, pinned = []) => {
      if (uses.startsWith('./') || uses === '.') return localAction(uses, workspace);
      const { repository, path, ref } = parseUses(uses);
      const found = await published(repository, path, ref, pinned);
      if (found === undefined) throw await notFound(uses, repository, ref, options);
      if ('run' in found) return { kind: 'built-in', action: found };
      if ('definition' in found) return program(found, uses, repository, ref);
      const folder = inside(found.folder, path, uses);
      return { kind: 'folder', action: await readAction(folder, uses), folder, repository, ref, origin: found.origin };
    },
  };
}

function program(found: BuiltInProgram, uses: string, repository: string, ref: string): FoundAction {
  const { action, problems } = parseAction({ path: `${found.name}/action.yml`, text: found.definition });
  const [first, ...rest] = problems;
  if (action === undefined)
    throw first === undefined ? new Error(`${uses} has no definition`) : TrunklineError.of([first, ...rest]);
  return { kind: 'folder', action, folder: found.folder(), repository, ref, origin: 'the lab', fidelity: 'built-in' };
}

async function notFound(
  uses: string,
  repository: string,
  ref: string,
  options: ActionFinderOptions,
): Promise<TrunklineError> {
  const known = (await options.service.resolve(repository, 'HEAD')) !== undefined;
  const reason = known ? `unable to find version \`${ref}\`` : 'repository not found';
  const places = [...options.sources.map((source) => source.label), 'the built-in actions'].join(', ');
  return new TrunklineError(
    'ACTION_NOT_FOUND',
    `Unable to resolve action \`${uses}\`, ${reason}: expected the action ${uses}, found it neither on the forge nor in ${places}`,
    {
      hint: `clone https://github.com/${repository} into a folder of actions, as <folder>/${repository}, and name the folder with --actions; or let the lab fetch what it lacks with --fetch-actions`,
    },
  );
}

/**
 * Each published action is looked for once: a branch that moves meanwhile changes nothing for the job. `pins` are the
 * refs that the workflow names beside commits.
 */
export function rememberActions(
  finder: ActionFinder,
  pins: Readonly<Record<string, readonly string[]>> = {},
): ActionFinder {
  const known = new Map<string, Promise<FoundAction>>();
  return {
    find: (uses, workspace) => {
      if (uses.startsWith('.')) return finder.find(uses, workspace);
      const found = known.get(uses) ?? finder.find(uses, workspace, pins[uses]);
      known.set(uses, found);
      return found;
    },
  };
}

/** @throws WORKFLOW_INVALID */
export function parseUses(uses: string): { repository: string; path: string; ref: string } {
  const match = /^([\w.-]+\/[\w.-]+)((?:\/[^@]*)?)@(.+)$/.exec(uses);
  const leads = match?.[1]?.split('/').some((part) => part === '.' || part === '..');
  if (match?.[1] === undefined || match[3] === undefined || leads === true) {
    throw new TrunklineError('WORKFLOW_INVALID', `Expected format {org}/{repo}[/path]@ref. Actual '${uses}'`);
  }
  return { repository: match[1], path: (match[2] ?? '').replace(/^\/+|\/+$/g, ''), ref: match[3] };
}

async function localAction(uses: string, workspace: string): Promise<FoundAction> {
  const folder = inside(workspace, uses, uses);
  return {
    kind: 'folder',
    action: await readAction(folder, uses),
    folder,
    repository: '',
    ref: '',
    origin: 'workspace',
  };
}

function inside(root: string, path: string, uses: string): string {
  const folder = resolve(root, path);
  const way = relative(root, folder);
  if (way === '..' || way.startsWith(`..${sep}`)) {
    throw new TrunklineError('WORKFLOW_INVALID', `expected the action ${uses} inside its repository, found ${path}`);
  }
  return folder;
}

async function readAction(folder: string, uses: string): Promise<Action> {
  for (const name of ['action.yml', 'action.yaml']) {
    const text = await readFile(join(folder, name), 'utf8').catch(() => undefined);
    if (text === undefined) continue;
    const { action, problems } = parseAction({ path: `${uses}/${name}`, text });
    const [first, ...rest] = problems;
    if (action === undefined && first !== undefined) throw TrunklineError.of([first, ...rest]);
    if (action !== undefined) return action;
  }
  // An action of the first days: a Dockerfile and nothing else.
  for (const name of ['Dockerfile', 'dockerfile']) {
    if (!(await exists(join(folder, name)))) continue;
    return { name: uses, inputs: {}, outputs: {}, runs: { using: 'docker', image: name } };
  }
  throw new TrunklineError(
    'ACTION_NOT_FOUND',
    `Can't find 'action.yml', 'action.yaml' or 'Dockerfile' under '${folder}'. Did you forget to run actions/checkout before running your local action?`,
  );
}

/** A published action's files on this machine. */
interface LoadedAction {
  readonly folder: string;
  readonly origin: string;
}

async function fromForge(
  options: ActionFinderOptions,
  repository: string,
  ref: string,
): Promise<LoadedAction | undefined> {
  const commit = await options.service.resolve(repository, ref);
  if (commit === undefined) return undefined;
  const folder = join(options.folder, repository.toLowerCase(), commit);
  if (!(await exists(folder))) {
    const partial = await emptyFolder(options.folder);
    await options.service.export(repository, commit, partial);
    await moveInto(folder, partial);
  }
  return { folder, origin: `${repository}@${commit}` };
}

async function fromSources(
  options: ActionFinderOptions,
  repository: string,
  ref: string,
): Promise<LoadedAction | undefined> {
  for (const source of options.sources) {
    const partial = await emptyFolder(options.folder);
    const commit = await source.fetch(repository, ref, partial);
    if (commit === undefined) {
      await removeFolder(partial);
      continue;
    }
    const folder = join(options.folder, repository.toLowerCase(), commit);
    await moveInto(folder, partial);
    return { folder, origin: `${source.label}, ${repository}@${commit}` };
  }
  return undefined;
}

async function exists(folder: string): Promise<boolean> {
  return realpath(folder).then(
    () => true,
    () => false,
  );
}

async function emptyFolder(root: string): Promise<string> {
  const folder = join(root, '.partial', randomUUID());
  await mkdir(folder, { recursive: true });
  return folder;
}

/** The folder appears whole or not at all; one that another job filled meanwhile is as good. */
async function moveInto(folder: string, partial: string): Promise<void> {
  if (!(await exists(folder))) {
    await mkdir(dirname(folder), { recursive: true });
    await rename(partial, folder).catch(() => undefined);
  }
  await removeFolder(partial);
}

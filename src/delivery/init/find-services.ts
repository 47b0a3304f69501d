import { name as validName } from '../../config/scalars.ts';
import { type FoundCommands, findCommands, packageOf } from './find-commands.ts';
import { type FoundSetup, findSetup } from './find-setup.ts';
import { readDockerfile } from './read-dockerfile.ts';
import { foldersWith, inFolder, type RepositoryFiles } from './repository-files.ts';

export interface FoundService {
  readonly name: string;
  readonly path: string;
  /** Files above it that its build reads, as far as their names tell. */
  readonly depends: readonly string[];
  /** Where it is not called Dockerfile. */
  readonly dockerfile?: string;
  /** Its build reads from the whole repository. */
  readonly context?: '.';
  /** Stages of its Dockerfile that could be images of their own. */
  readonly stages: readonly string[];
  readonly commands: FoundCommands;
  readonly setup: FoundSetup;
  /** Images of databases and brokers that its compose file starts beside it. */
  readonly uses: readonly string[];
}

export interface FoundServices {
  readonly services: readonly FoundService[];
  /** Folders that could be a service and have nothing to build an image with. */
  readonly without: readonly { readonly path: string; readonly file: string }[];
}

/** A folder with a Dockerfile is a service; one that only has sources is named, not taken. */
export function findServices(files: RepositoryFiles): FoundServices {
  const folders = foldersWith(files, 'Dockerfile', 'Containerfile');
  const taken = new Set<string>();
  const services = folders.map((path) => {
    const name = unique(nameOf(files, path), taken);
    return serviceAt(files, name, path);
  });
  const sources = ['package.json', 'go.mod', 'pyproject.toml'] as const;
  const without = sources.flatMap((file) =>
    foldersWith(files, file)
      .filter((path) => !folders.some((one) => one === path || path === '.' || `${path}/`.startsWith(`${one}/`)))
      .map((path) => ({ path, file })),
  );
  return { services, without };
}

/** A service that somebody named, wherever its Dockerfile is. */
export function serviceAt(files: RepositoryFiles, name: string, path: string): FoundService {
  const own = findCommands(files, path);
  const setup = findSetup(files, path);
  const dockerfile = ['Dockerfile', 'Containerfile'].find((file) => files.paths.includes(inFolder(path, file)));
  const { copies, stages } = readDockerfile(files.texts.get(inFolder(path, dockerfile ?? '')) ?? '');
  const whole = path !== '.' && fromTheRoot(files, path, copies);
  return {
    name,
    path,
    ...(dockerfile === undefined || dockerfile === 'Dockerfile' ? {} : { dockerfile }),
    ...(whole ? { context: '.' } : {}),
    depends: path === '.' ? [] : dependsOf(files, path, whole ? copies : []),
    stages,
    commands: Object.keys(own).length === 0 && path !== '.' ? findCommands(files, '.', path) : own,
    setup: Object.keys(setup).length === 0 && path !== '.' ? findSetup(files, '.') : setup,
    uses: [...new Set([path, '.'].flatMap((folder) => backing(files, folder)))],
  };
}

/** Whether a Dockerfile copies what is in the repository's root and not in its own folder. */
function fromTheRoot(files: RepositoryFiles, path: string, copies: readonly string[]): boolean {
  return (
    copies.length > 0 && copies.every((one) => has(files, one)) && !copies.every((one) => has(files, `${path}/${one}`))
  );
}

function has(files: RepositoryFiles, path: string): boolean {
  return files.paths.some((one) => one === path || one.startsWith(`${path}/`));
}

/** Lock files of the root, packages of the same workspace, and whatever else the build copies. */
function dependsOf(files: RepositoryFiles, path: string, copies: readonly string[]): readonly string[] {
  const outside = copies.filter(
    (one) => `${one}/` !== `${path}/` && !one.startsWith(`${path}/`) && !path.startsWith(`${one}/`),
  );
  const found = [...shared.filter((file) => files.paths.includes(file)), ...workspaceFolders(files, path), ...outside];
  return [...new Set(found)];
}

/** Folders of the packages that a package of the same repository needs, at any depth. */
function workspaceFolders(files: RepositoryFiles, path: string): readonly string[] {
  const folders = new Map(foldersWith(files, 'package.json').map((folder) => [packageOf(files, folder)?.name, folder]));
  const found = new Set<string>();
  const visit = (folder: string): void => {
    const { dependencies, devDependencies } = packageOf(files, folder) ?? {};
    for (const name of Object.keys({ ...(dependencies as object), ...(devDependencies as object) })) {
      const other = folders.get(name);
      if (other === undefined || other === '.' || other === path || found.has(other)) continue;
      found.add(other);
      visit(other);
    }
  };
  visit(path);
  return [...found].sort();
}

/** What a build below reads from the root of a repository of several services. */
const shared = [
  'go.mod',
  'go.sum',
  'package-lock.json',
  'pnpm-lock.yaml',
  'yarn.lock',
  'Cargo.lock',
  'uv.lock',
  'poetry.lock',
];

/** Folders that say nothing of what is in them. */
const nameless = /^(?:src|app|build|docker|source|code)$/i;

function nameOf(files: RepositoryFiles, folder: string): string {
  if (folder !== '.') return folder.split('/').findLast((part) => !nameless.test(part)) ?? folder;
  const said = packageOf(files, '.')?.name;
  const go = /^module\s+(\S+)/m.exec(files.texts.get('go.mod') ?? '')?.[1];
  const python = /^name\s*=\s*"([^"]+)"/m.exec(files.texts.get('pyproject.toml') ?? '')?.[1];
  const found = typeof said === 'string' ? said : (go?.replace(/\/v\d+$/, '') ?? python ?? files.name);
  return found.split('/').at(-1) ?? found;
}

function unique(wanted: string, taken: Set<string>): string {
  const clean = wanted
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/^[._-]+|[._-]+$/g, '');
  const base = validName.safeParse(clean).success ? clean : 'service';
  let found = base;
  for (let count = 2; taken.has(found); count++) found = `${base}-${count}`;
  taken.add(found);
  return found;
}

const backingImages = /^(?:postgres|redis|rabbitmq|mysql|mariadb|mongo|memcached|nats)(?::[\w.-]+)?$/;

/** Databases and brokers of a folder's compose file, by their image. */
function backing(files: RepositoryFiles, folder: string): readonly string[] {
  const names = ['compose.yaml', 'compose.yml', 'docker-compose.yaml', 'docker-compose.yml'];
  const text = names.map((name) => files.texts.get(inFolder(folder, name))).find((one) => one !== undefined) ?? '';
  return [...text.matchAll(/^\s+image:\s*["']?([^\s"'#]+)/gm)]
    .map(([, image]) => (image ?? '').replace(/^(?:docker\.io\/)?(?:library\/)?/, ''))
    .filter((image) => backingImages.test(image));
}

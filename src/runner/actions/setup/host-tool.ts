import { mkdir, readdir, realpath, symlink } from 'node:fs/promises';
import { basename, delimiter, dirname, join } from 'node:path';
import { maxSatisfying } from 'semver';
import { findProgram } from '../../process/find-program.ts';
import { githubGrace, runProcess } from '../../process/run-process.ts';
import type { ActionCall } from '../action.ts';

/** A tool that this machine has. */
export interface HostTool {
  readonly file: string;
  /** As semver writes it: `3.13.0-rc.1`. */
  readonly version: string;
}

export interface ToolKind {
  /** As in messages: `Node`. */
  readonly label: string;
  /** Folder below RUNNER_TOOL_CACHE and below a hosted tool cache: `node`, `Python`, `go`. */
  readonly cache: string;
  /** Names of the program, the likely ones first. */
  readonly programs: readonly string[];
  /** Asks a program for its version, and where it really is. */
  ask(call: ActionCall, file: string): Promise<HostTool | undefined>;
}

/**
 * The newest of this machine's that satisfies the range: on the PATH, in a hosted tool cache, and what a version manager
 * whose folder is on the PATH keeps beside it. @throws Error that says what is here where none does
 */
export async function findTool(call: ActionCall, kind: ToolKind, range: string, refusal: string): Promise<HostTool> {
  const found = new Map<string, HostTool>();
  for (const file of await candidates(call, kind)) {
    const tool = await kind.ask(call, file);
    if (tool !== undefined && !found.has(tool.version)) found.set(tool.version, tool);
  }
  const best = maxSatisfying([...found.keys()], range, { loose: true, includePrerelease: range.includes('-') });
  const tool = best === null ? undefined : found.get(best);
  if (tool !== undefined) return tool;
  const here = [...found.keys()].join(', ') || 'none';
  throw new Error(
    `${refusal}\nThe lab binds the ${kind.label} of this machine and downloads none: expected ${range}, found ${here}.`,
  );
}

/** Puts a folder with links to the tool's programs first on the PATH; answers the folder above it. */
export async function bindTool(
  call: ActionCall,
  kind: ToolKind,
  tool: HostTool,
  links: Readonly<Record<string, string>>,
): Promise<string> {
  const root = join(call.env['RUNNER_TOOL_CACHE'] ?? call.temp, kind.cache, tool.version, architecture());
  const bin = join(root, 'bin');
  await mkdir(bin, { recursive: true });
  for (const [name, target] of Object.entries(links))
    await symlink(target, join(bin, name)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  call.addPath(bin);
  call.log(`${kind.label} ${tool.version} of this machine is used: ${tool.file}`);
  return root;
}

/** What a program prints, lines of errors included; undefined where it fails. */
export async function output(call: ActionCall, file: string, args: readonly string[]): Promise<string | undefined> {
  const lines: string[] = [];
  const { exitCode } = await runProcess({
    file,
    args,
    cwd: call.workspace,
    env: call.env,
    onLines: (more) => lines.push(...more),
    signal: call.signal,
    grace: githubGrace,
  }).catch(() => ({ exitCode: 1 }));
  return exitCode === 0 ? lines.join('\n').trim() : undefined;
}

export function architecture(): string {
  return process.arch === 'x64' ? 'x64' : process.arch;
}

async function candidates(call: ActionCall, kind: ToolKind): Promise<readonly string[]> {
  const path = call.env['PATH'] ?? '';
  const folders = path.split(delimiter).filter((folder) => folder !== '');
  const kept = await Promise.all([
    ...folders.map(beside),
    below(join('/opt/hostedtoolcache', kind.cache), join(architecture(), 'bin')),
  ]);
  const files = new Map<string, string>();
  for (const folder of new Set([...folders, ...kept.flat()])) {
    for (const program of kind.programs) {
      const file = await findProgram(program, folder);
      if (file !== undefined) files.set(await realpath(file), file);
    }
  }
  return [...files.values()];
}

/** Versions that pyenv (`…/shims`), nvm (`…/versions/node/v20/bin`) and their like keep beside the one on the PATH. */
async function beside(folder: string): Promise<readonly string[]> {
  if (basename(folder) === 'shims') return below(join(dirname(folder), 'versions'), 'bin');
  const versions = dirname(dirname(folder));
  return basename(folder) === 'bin' && versions.includes('/versions') ? below(versions, 'bin') : [];
}

async function below(folder: string, rest: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.map((name) => join(folder, name, rest));
}

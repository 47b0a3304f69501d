import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { findProgram } from './find-program.ts';

type Env = Readonly<Record<string, string | undefined>>;

/**
 * A Node of this major version: our own, `node24` on the PATH, in a tool cache as setup-node fills it, with nvm, or a
 * `node` on the PATH that says so.
 */
export async function findNode(version: number, env: Env): Promise<string | undefined> {
  if (process.versions.node.startsWith(`${version}.`)) return process.execPath;
  const path = env['PATH'] ?? '';
  const named = await findProgram(`node${version}`, path);
  if (named !== undefined) return named;
  for (const folder of [...toolCaches(env), ...nvmFolders(env)]) {
    const [newest] = versionsIn(folder, version).flatMap((name) => nodeIn(join(folder, name)) ?? []);
    if (newest !== undefined) return newest;
  }
  for (const folder of new Set(path.split(delimiter))) {
    const file = join(folder, 'node');
    if (folder !== '' && existsSync(file) && (await majorOf(file)) === version) return file;
  }
  return undefined;
}

function toolCaches(env: Env): readonly string[] {
  return [env['RUNNER_TOOL_CACHE'], env['AGENT_TOOLSDIRECTORY'], '/opt/hostedtoolcache'].flatMap((root) =>
    root === undefined || root === '' ? [] : [join(root, 'node')],
  );
}

function nvmFolders(env: Env): readonly string[] {
  const root = env['NVM_DIR'] ?? (env['HOME'] === undefined ? undefined : join(env['HOME'], '.nvm'));
  return root === undefined ? [] : [join(root, 'versions', 'node')];
}

/** Folders named after a version, the newest first. */
function versionsIn(folder: string, major: number): readonly string[] {
  const names = existsSync(folder) ? readdirSync(folder) : [];
  const parts = (name: string): readonly number[] => name.replace(/^v/, '').split('.').map(Number);
  return names
    .filter((name) => parts(name)[0] === major)
    .sort((a, b) => {
      const [left, right] = [parts(a), parts(b)];
      return (right[1] ?? 0) - (left[1] ?? 0) || (right[2] ?? 0) - (left[2] ?? 0);
    });
}

function nodeIn(folder: string): string | undefined {
  const arch = process.arch;
  return [join(folder, arch, 'bin', 'node'), join(folder, 'bin', 'node')].find((file) => existsSync(file));
}

function majorOf(file: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    execFile(file, ['--version'], { timeout: 5000 }, (error, stdout) =>
      resolve(error === null ? Number(/^v(\d+)\./.exec(stdout)?.[1]) : undefined),
    );
  });
}

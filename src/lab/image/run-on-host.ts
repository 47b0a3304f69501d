import { copyFile, lstat, mkdir, readdir, readlink, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { TrunklineError } from '../../errors.ts';
import type { LayerEntry } from './write-layer.ts';

/** Runs a program to its end on this machine; answers its exit code. */
export type RunOnHost = (request: {
  readonly command: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}) => Promise<number>;

/**
 * Carries out RUN on this machine: the stage's files are laid out in the folder, the command runs in its WORKDIR there,
 * and what it changed is the layer. An absolute path in the command means this machine's: no container keeps it in.
 */
export async function runOnHost(
  run: RunOnHost,
  request: {
    readonly command: readonly string[];
    readonly folder: string;
    readonly files: ReadonlyMap<string, LayerEntry>;
    readonly workdir: string;
    readonly env: ReadonlyMap<string, string>;
  },
): Promise<ReadonlyMap<string, LayerEntry>> {
  const { folder, files } = request;
  await mkdir(folder, { recursive: true });
  for (const [path, entry] of files) {
    const target = join(folder, path);
    await mkdir(entry.kind === 'directory' ? target : dirname(target), { recursive: true });
    if (entry.kind === 'file') await copyFile(entry.source, target);
    if (entry.kind === 'symlink') await symlink(await readlink(entry.source), target);
  }
  const cwd = join(folder, request.workdir);
  await mkdir(cwd, { recursive: true });
  const before = await snapshot(folder);
  const exitCode = await run({ command: request.command, cwd, env: Object.fromEntries(request.env) });
  if (exitCode !== 0) {
    const shown = request.command.join(' ');
    throw new TrunklineError(
      'INPUT_INVALID',
      `failed to solve: process "${shown}" did not complete successfully: exit code: ${exitCode}`,
    );
  }
  const after = await snapshot(folder);
  const change = new Map<string, LayerEntry>();
  for (const [path, { entry, print }] of after) if (before.get(path)?.print !== print) change.set(path, entry);
  for (const path of before.keys()) if (!after.has(path)) change.set(path, { kind: 'whiteout' });
  return change;
}

async function snapshot(folder: string): Promise<ReadonlyMap<string, { entry: LayerEntry; print: string }>> {
  const found = new Map<string, { entry: LayerEntry; print: string }>();
  async function walk(path: string): Promise<void> {
    for (const name of (await readdir(join(folder, path))).sort()) {
      const inner = path === '' ? name : `${path}/${name}`;
      const source = join(folder, inner);
      const stat = await lstat(source, { bigint: true });
      const mode = Number(stat.mode) & 0o777;
      if (stat.isDirectory()) {
        found.set(inner, { entry: { kind: 'directory', mode }, print: `d${mode}` });
        await walk(inner);
      } else if (stat.isFile() || stat.isSymbolicLink()) {
        const kind = stat.isFile() ? 'file' : 'symlink';
        found.set(inner, { entry: { kind, source, mode }, print: `${stat.ino} ${stat.size} ${stat.mtimeNs} ${mode}` });
      }
    }
  }
  await walk('');
  return found;
}

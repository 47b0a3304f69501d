import { spawn } from 'node:child_process';
import { TrunklineError } from '../../errors.ts';
import type { Clone } from './clone.ts';
import type { SourceRepository } from './source-repository.ts';

/** Files that reach nearly every image, and to which an empty line at the end does no harm. */
const likely = [
  'package.json',
  'go.mod',
  'pyproject.toml',
  'requirements.txt',
  'Cargo.toml',
  'pom.xml',
  'build.gradle',
  'Gemfile',
  'Dockerfile',
];

/** How the rehearsal makes a new version of an application it does not know: an empty line more in one of its files. */
export function harmlessChange(source: SourceRepository, path: string, file?: string): (clone: Clone) => Promise<void> {
  const inService = (name: string): string => (path === '.' ? name : `${path}/${name}`);
  const chosen =
    file ??
    likely.map(inService).find((name) => source.files.includes(name)) ??
    likely.find((name) => source.files.includes(name)) ??
    inService('.trunkline-rehearsal');
  return (clone) => clone.appendLine(chosen);
}

/** Changes a clone by the user's own command, run by the shell in it. */
export function commandChange(
  command: string,
  env: Readonly<Record<string, string | undefined>>,
): (clone: Clone) => Promise<void> {
  return (clone) =>
    new Promise((resolve, reject) => {
      const child = spawn(command, {
        cwd: clone.folder,
        shell: true,
        env: { ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const said: Buffer[] = [];
      child.stdout.on('data', (chunk: Buffer) => said.push(chunk));
      child.stderr.on('data', (chunk: Buffer) => said.push(chunk));
      child.on('error', reject);
      child.on('close', (code) => {
        if (code === 0) resolve();
        else {
          const message = `--break ${command}: exit code ${code}\n${Buffer.concat(said).toString()}`;
          reject(new TrunklineError('INPUT_INVALID', message));
        }
      });
    });
}

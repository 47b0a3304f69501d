import { PassThrough } from 'node:stream';
import { TrunklineError } from '../errors.ts';
import { spawnGit } from '../git/git.ts';
import { unpackLayer } from './deploy/unpack-image.ts';

/** Writes a commit's files into the folder. @throws GIT_FAILED where there is no such repository or commit */
export async function exportCommit(repository: string, commit: string, folder: string): Promise<void> {
  const child = spawnGit(['-c', 'tar.umask=0022', 'archive', '--format=tar', commit], { cwd: repository });
  child.stdin.end();
  // Taken up at once: Node throws away what a process printed when it ends before anybody reads.
  const files = child.stdout.pipe(new PassThrough());
  let reason = '';
  child.stderr.on('data', (chunk: Buffer) => {
    reason += chunk.toString();
  });
  const exit = new Promise<number>((done) => child.once('close', (code) => done(code ?? 1)));
  const unpacked = await unpackLayer(files, false, folder).then(
    () => undefined,
    (error: unknown) => error,
  );
  if ((await exit) !== 0) throw new TrunklineError('GIT_FAILED', `git archive ${commit}: ${reason.trim()}`);
  if (unpacked !== undefined) throw unpacked;
}

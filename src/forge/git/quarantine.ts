import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type GitOptions, type GitOutput, runGit, spawnGit } from '../../git/git.ts';
import { type Beginning, beginning, whole } from './beginning.ts';
import type { Quarantine } from './move-refs.ts';
import { repositoryGit } from './repository-folder.ts';

/** What git forgives in old commits, as GitHub does; all else that fsck finds refuses the push. */
const forgiven = [
  'zeroPaddedFilemode',
  'badTimezone',
  'missingSpaceBeforeDate',
  'missingSpaceBeforeEmail',
  'gitmodulesUrl',
]
  .map((name) => `${name}=ignore`)
  .join(',');

/** Bytes of a pack that is held in memory. */
const shortPack = 1024 * 1024;

/** Whatever git's exit code, it says why. */
const failures = [1, 128, 129];

export class PackRefused extends Error {
  override readonly name = 'PackRefused';
}

/** Objects of a push, beside the repository's own until its updates are allowed. */
export class PushQuarantine implements Quarantine {
  readonly env: Readonly<Record<string, string>>;
  private readonly folder: string;
  private readonly incoming: string;

  private constructor(folder: string, incoming: string) {
    this.folder = folder;
    this.incoming = incoming;
    const objects = join(folder, 'objects');
    this.env = { GIT_OBJECT_DIRECTORY: incoming, GIT_ALTERNATE_OBJECT_DIRECTORIES: objects };
  }

  static async open(folder: string): Promise<PushQuarantine> {
    const incoming = await mkdtemp(join(folder, 'objects', 'incoming-'));
    await mkdir(join(incoming, 'pack'));
    return new PushQuarantine(folder, incoming);
  }

  /** Hands a pack to `git index-pack`, streamed where it is not short. @throws PackRefused with git's reason */
  async receive(pack: AsyncIterable<Uint8Array>): Promise<void> {
    const args = ['index-pack', '--stdin', '--fix-thin', `--strict=${forgiven}`];
    const begun = await beginning(pack, shortPack);
    const options = repositoryGit(this.folder, { env: this.env });
    const { code, stderr } =
      begun.rest === undefined
        ? await runGit(args, { ...options, input: begun.start, accept: failures })
        : await streamed(args, options, begun);
    if (code !== 0) throw new PackRefused(/^(?:fatal|error): (.*)$/m.exec(stderr)?.[1] ?? 'index-pack abnormal exit');
  }

  /** Whether the commits are there with all they need. */
  async isConnected(shas: readonly string[]): Promise<boolean> {
    const args = ['rev-list', '--objects', '--quiet', '--stdin', '--not', '--all'];
    const options = { env: this.env, input: shas.map((sha) => `${sha}\n`).join(''), accept: [1, 128] };
    return (await runGit(args, repositoryGit(this.folder, options))).code === 0;
  }

  /** The pack's index comes last: until it is there, git does not look at the pack. */
  async accept(): Promise<void> {
    const names = await readdir(join(this.incoming, 'pack'));
    const last = (name: string): number => (name.endsWith('.idx') ? 1 : 0);
    await mkdir(join(this.folder, 'objects', 'pack'), { recursive: true });
    for (const name of names.filter((one) => one.startsWith('pack-')).sort((a, b) => last(a) - last(b))) {
      await rename(join(this.incoming, 'pack', name), join(this.folder, 'objects', 'pack', name));
    }
  }

  async discard(): Promise<void> {
    await rm(this.incoming, { recursive: true, force: true });
  }
}

async function streamed(
  args: readonly string[],
  options: GitOptions,
  begun: Beginning,
): Promise<Pick<GitOutput, 'code' | 'stderr'>> {
  const child = spawnGit(args, options);
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => {
    if (stderr.length < 10_000) stderr += chunk.toString();
  });
  child.stdout.resume();
  const ended = new Promise<number>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 128));
  });
  let broken: unknown;
  try {
    await pipeline(Readable.from(whole(begun)), child.stdin);
  } catch (error) {
    // git closes its end when it has seen enough of a bad pack, and says why; anything else is the client's end.
    const closed = error instanceof Error && 'code' in error && error.code === 'EPIPE';
    if (!closed) {
      broken = error;
      child.kill();
    }
  }
  const code = await ended;
  if (broken !== undefined) throw broken;
  return { code, stderr };
}

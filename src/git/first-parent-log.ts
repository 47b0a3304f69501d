import { TrunklineError } from '../errors.ts';
import { spawnGit } from './git.ts';

/** A commit of a branch's first-parent line, with the files in which it differs from its first parent. */
export interface LogCommit {
  readonly sha: string;
  readonly parents: readonly string[];
  /** When it was committed, which is when GitHub merged it; milliseconds since the epoch. */
  readonly at: number;
  readonly author: string;
  readonly email: string;
  readonly message: string;
  readonly files: readonly LogFile[];
}

export interface LogFile {
  readonly path: string;
  /** Its name before, where it was renamed. */
  readonly from?: string;
  /** Blobs before and after; undefined where there was or is none. */
  readonly before?: string;
  readonly after?: string;
}

export interface LogOptions {
  readonly since?: number | undefined;
  readonly limit?: number | undefined;
  /** Follow every parent, not only the first. */
  readonly allParents?: boolean;
}

const fields = '%x01%H%x00%P%x00%ct%x00%an%x00%ae%x00%B%x00';

/**
 * Walks `git log --first-parent` from a revision, newest first, in one process that ends when the reader stops.
 * @throws GIT_FAILED
 */
export async function* firstParentLog(
  folder: string,
  revision: string,
  options: LogOptions = {},
): AsyncGenerator<LogCommit> {
  const child = spawnGit(
    [
      'log',
      ...(options.allParents === true ? [] : ['--first-parent']),
      '--diff-merges=first-parent',
      '--raw',
      '-z',
      '--no-abbrev',
      '-M',
      `--format=${fields}`,
      ...(options.limit === undefined ? [] : [`--max-count=${options.limit}`]),
      ...(options.since === undefined ? [] : [`--since=${new Date(options.since).toISOString()}`]),
      '--end-of-options',
      revision,
      '--',
    ],
    { cwd: folder },
  );
  child.stdin.end();
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const ended = new Promise<number>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 128));
  });
  ended.catch(() => {});
  try {
    const parser = new LogParser();
    for await (const chunk of child.stdout) yield* parser.take(chunk as Buffer);
    const code = await ended;
    if (code !== 0)
      throw new TrunklineError('GIT_FAILED', `git log ${revision}: ${stderr.trim() || `exit code ${code}`}`);
    yield* parser.end();
  } finally {
    child.kill();
  }
}

/** Reads the stream's NUL-separated words. */
class LogParser {
  #rest: Buffer = Buffer.alloc(0);
  #words: string[] = [];
  #commit: (Omit<LogCommit, 'files'> & { files: LogFile[] }) | undefined;

  *take(chunk: Buffer): Generator<LogCommit> {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const end = bytes.lastIndexOf(0);
    this.#rest = bytes.subarray(end + 1);
    if (end === -1) return;
    for (const word of bytes.toString('utf8', 0, end).split('\0')) yield* this.#word(word);
  }

  *end(): Generator<LogCommit> {
    if (this.#commit !== undefined) yield this.#commit;
    this.#commit = undefined;
  }

  *#word(word: string): Generator<LogCommit> {
    const open = this.#words;
    const [first] = open;
    if (first === undefined) {
      const start = word.replace(/^\n/, '');
      if (start !== '') open.push(start);
      return;
    }
    open.push(word);
    if (first.startsWith('\u0001') && open.length === 6) {
      yield* this.end();
      const [sha = '', parents = '', at = '', author = '', email = '', message = ''] = open;
      this.#commit = {
        sha: sha.slice(1),
        parents: parents === '' ? [] : parents.split(' '),
        at: Number(at) * 1000,
        author,
        email,
        message: message.trimEnd(),
        files: [],
      };
      this.#words = [];
    } else if (first.startsWith(':')) {
      const [, , before = '', after = '', status = ''] = first.split(' ');
      const twice = /^[RC]/.test(status);
      if (open.length < (twice ? 3 : 2)) return;
      const [, from = '', to = from] = open;
      const oid = (text: string): string | undefined => (/^0+$/.test(text) ? undefined : text);
      this.#commit?.files.push({
        path: to,
        ...(status.startsWith('R') ? { from } : {}),
        ...defined('before', oid(before)),
        ...defined('after', oid(after)),
      });
      this.#words = [];
    }
  }
}

function defined<K extends string>(key: K, value: string | undefined): Partial<Record<K, string>> {
  return value === undefined ? {} : ({ [key]: value } as Record<K, string>);
}

import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { TrunklineError } from '../errors.ts';
import type { GitStarter } from './git-starter.ts';

export interface GitOptions {
  readonly cwd: string;
  /** Added to the few variables that git is given; GIT_* is never inherited. */
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string | Uint8Array;
  /** Neither the system's nor the user's configuration counts: for repositories of our own. */
  readonly isolated?: boolean;
  /** Exit codes other than 0 that are an answer, not a failure. */
  readonly accept?: readonly number[];
  readonly signal?: AbortSignal;
  /** Runs it from the process beside; only where git is run to its end. */
  readonly starter?: GitStarter;
}

export interface GitOutput {
  readonly code: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/**
 * What git may see of our own environment. Of GIT_* only whom it trusts: all else would, inside a hook or a rebase, lead git
 * elsewhere.
 */
const inherited = [
  'PATH',
  'HOME',
  'XDG_CONFIG_HOME',
  'USER',
  'LOGNAME',
  'TMPDIR',
  'TEMP',
  'TMP',
  'SYSTEMROOT',
  'SSH_AUTH_SOCK',
  'SSL_CERT_FILE',
  'GIT_SSL_CAINFO',
  'HTTPS_PROXY',
  'HTTP_PROXY',
  'NO_PROXY',
  'https_proxy',
  'http_proxy',
  'no_proxy',
];
const personal = new Set(['HOME', 'XDG_CONFIG_HOME', 'SSH_AUTH_SOCK']);

/** The whole environment of a git process. */
export function gitEnv(options: Pick<GitOptions, 'env' | 'isolated'> = {}): Record<string, string> {
  const env: Record<string, string> = { LC_ALL: 'C', GIT_TERMINAL_PROMPT: '0' };
  for (const name of inherited) {
    const value = process.env[name];
    if (value !== undefined && !(options.isolated === true && personal.has(name))) env[name] = value;
  }
  if (options.isolated === true) Object.assign(env, { GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null' });
  return { ...env, ...options.env };
}

/** Starts git without a shell; the caller reads, writes and waits. */
export function spawnGit(args: readonly string[], options: GitOptions): ChildProcessWithoutNullStreams {
  return spawn('git', args, {
    cwd: options.cwd,
    env: gitEnv(options),
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
}

/**
 * Runs git to its end.
 * @throws GIT_MISSING when there is none, NOT_FOUND without its folder, GIT_FAILED on an exit code that is neither 0 nor accepted.
 */
export async function runGit(args: readonly string[], options: GitOptions): Promise<GitOutput> {
  if (options.starter === undefined) return runHere(args, options);
  const { cwd, input, signal, starter } = options;
  signal?.throwIfAborted();
  const ended = await starter.run({ args, cwd, env: gitEnv(options), input }, signal).catch((error: unknown) => {
    throw startError(error as NodeJS.ErrnoException, options);
  });
  signal?.throwIfAborted();
  const output = {
    code: ended.code ?? 128,
    stdout: Buffer.from(ended.stdout.buffer, ended.stdout.byteOffset, ended.stdout.byteLength),
    stderr: Buffer.from(ended.stderr).toString(),
  };
  return judge(args, options, output, ended.signal);
}

/** The output, where its exit code is an answer. */
function judge(
  args: readonly string[],
  options: GitOptions,
  output: GitOutput,
  killedBy: NodeJS.Signals | null,
): GitOutput {
  if (output.code === 0 || options.accept?.includes(output.code) === true) return output;
  const reason = output.stderr.trim() || (killedBy === null ? `exit code ${output.code}` : `ended by ${killedBy}`);
  throw new TrunklineError('GIT_FAILED', `git ${args.join(' ')}: ${reason}`);
}

function runHere(args: readonly string[], options: GitOptions): Promise<GitOutput> {
  return new Promise((resolve, reject) => {
    const child = spawnGit(args, options);
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
    // A git that stops reading early says why by its exit code.
    child.stdin.on('error', () => {});
    child.on('error', (error: NodeJS.ErrnoException) => reject(startError(error, options)));
    child.on('close', (code, killedBy) => {
      const output = { code: code ?? 128, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr).toString() };
      try {
        resolve(judge(args, options, output, killedBy));
      } catch (error) {
        reject(error);
      }
    });
    child.stdin.end(options.input);
  });
}

/** Runs git and answers what it printed, without the last line break. Errors as `runGit`. */
export async function git(args: readonly string[], options: GitOptions): Promise<string> {
  const { stdout } = await runGit(args, options);
  return stdout.toString().replace(/\n$/, '');
}

function startError(error: NodeJS.ErrnoException, options: GitOptions): unknown {
  if (options.signal?.aborted === true) return options.signal.reason;
  if (error.code !== 'ENOENT') return new TrunklineError('GIT_FAILED', `git: ${error.message}`, { cause: error });
  // Node says the same of a program and of a folder that is not there.
  if (!existsSync(options.cwd))
    return new TrunklineError('NOT_FOUND', `expected a folder at ${options.cwd}, found none`);
  return new TrunklineError(
    'GIT_MISSING',
    `expected the git command on the PATH, found none (started in ${options.cwd})`,
    {
      hint: 'install git 2.38 or newer: https://git-scm.com/downloads',
    },
  );
}

import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { access, mkdir } from 'node:fs/promises';
import { basename, delimiter, join, posix } from 'node:path';
import { TrunklineError } from '../../errors.ts';
import type { Clock, Ports } from '../../ports.ts';
import { findProgram } from '../../runner/process/find-program.ts';
import { freePort } from '../../runner/process/free-port.ts';
import { listens } from '../../runner/process/listens.ts';
import type { ImageConfig } from './unpack-image.ts';

export interface ServiceProcess {
  /** Also its process group. */
  readonly pid: number;
  readonly port: number;
}

export interface ServiceRequest {
  readonly config: ImageConfig;
  /** The unpacked image. */
  readonly root: string;
  readonly logFile: string;
  /** In its environment and its children's, so that what a killed lab left is found again. */
  readonly trackingId: string;
  readonly mark: Readonly<Record<string, string>>;
  readonly env: Ports['env'];
  /** Variables that lead it to what it keeps its data in. */
  readonly reach: Readonly<Record<string, string>>;
  readonly clock: Clock;
  /** Milliseconds until it must listen. */
  readonly patience: number;
  /** Where; any that is free unless said. */
  readonly port?: number;
}

/**
 * Runs an unpacked image as a process group of its own on this machine, not in a container: programs that its base
 * image would bring come from the PATH. Resolves once it listens on PORT. @throws DEPLOY_FAILED with its last output
 */
export async function startService(request: ServiceRequest): Promise<ServiceProcess> {
  const { config, root } = request;
  const command = [...(config.Entrypoint ?? []), ...(config.Cmd ?? [])];
  if (command.length === 0) throw failed(request, 'the image has neither ENTRYPOINT nor CMD');
  const port = request.port ?? (await freePort());
  const cwd = join(root, posix.normalize(`/${config.WorkingDir ?? ''}`));
  await mkdir(cwd, { recursive: true });
  const [program = '', ...args] = await Promise.all(command.map((word, index) => locate(word, root, index, request)));
  const log = openSync(request.logFile, 'a', 0o600);
  const child = spawn(program, args, {
    cwd,
    detached: true,
    stdio: ['ignore', log, log],
    env: {
      PATH: request.env['PATH'] ?? '',
      HOME: root,
      LANG: request.env['LANG'] ?? 'C.UTF-8',
      ...imageEnv(config),
      ...request.reach,
      PORT: String(port),
      RUNNER_TRACKING_ID: request.trackingId,
      ...request.mark,
    },
  });
  closeSync(log);
  let ended: string | undefined;
  child.on('error', (error) => {
    ended = error.message;
  });
  child.on('exit', (code, signal) => {
    ended = signal === null ? `it ended with exit code ${code}` : `it was ended by ${signal}`;
  });
  child.unref();
  const deadline = request.clock.now() + request.patience;
  while (!(await listens(port))) {
    if (ended !== undefined) throw failed(request, ended);
    if (request.clock.now() > deadline) {
      if (child.pid !== undefined) await endGroup(child.pid, request.clock);
      throw failed(request, `it did not listen on PORT within ${request.patience / 1000} s`);
    }
    await request.clock.sleep(25);
  }
  if (child.pid === undefined || ended !== undefined) throw failed(request, ended ?? 'it did not start');
  return { pid: child.pid, port };
}

/** SIGTERM, and SIGKILL for what is left after two seconds. */
export async function endGroup(pid: number, clock: Clock): Promise<void> {
  if (!signalGroup(pid, 'SIGTERM')) return;
  for (let waited = 0; waited < 2000; waited += 20) {
    await clock.sleep(20);
    if (!signalGroup(pid, 0)) return;
  }
  signalGroup(pid, 'SIGKILL');
}

/** Answers false when nobody is there. */
export function signalGroup(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-pid, signal);
  } catch {
    return false;
  }
}

/** The last lines that a service printed. */
export function lastOutput(logFile: string): string {
  try {
    return readFileSync(logFile, 'utf8').split('\n').slice(-20).join('\n').trim().slice(-4000);
  } catch {
    return '';
  }
}

function failed(request: ServiceRequest, why: string): TrunklineError {
  const output = lastOutput(request.logFile);
  const said = output === '' ? 'It printed nothing.' : `Its last output:\n${output}`;
  return new TrunklineError('DEPLOY_FAILED', `expected the image to run, found that ${why}. ${said}`);
}

function imageEnv(config: ImageConfig): Record<string, string> {
  const pairs = (config.Env ?? []).map((entry): [string, string] => {
    const at = entry.indexOf('=');
    return [entry.slice(0, at), entry.slice(at + 1)];
  });
  // The image's PATH names folders of its base image, which are not here.
  return Object.fromEntries(pairs.filter(([name]) => name !== '' && name !== 'PATH'));
}

/**
 * An absolute path means the image's file. A program comes from this machine's PATH, else from the image's: a base image
 * that was pulled has its own entry point there.
 */
async function locate(word: string, root: string, index: number, request: ServiceRequest): Promise<string> {
  if (index > 0) {
    const own = join(root, posix.normalize(word));
    return word.startsWith('/') && (await there(own)) ? own : word;
  }
  if (word.startsWith('/')) {
    const own = join(root, posix.normalize(word));
    if (await there(own)) return own;
    return (await findProgram(basename(word), request.env['PATH'] ?? '')) ?? word;
  }
  if (word.includes('/')) return word;
  const here = await findProgram(word, request.env['PATH'] ?? '');
  if (here !== undefined) return here;
  const path = request.config.Env?.find((entry) => entry.startsWith('PATH='))?.slice('PATH='.length) ?? '';
  const folders = path.split(':').map((folder) => join(root, posix.normalize(`/${folder}`)));
  return (await findProgram(word, folders.join(delimiter))) ?? word;
}

function there(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

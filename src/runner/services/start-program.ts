import { type ChildProcess, spawn } from 'node:child_process';
import { chownSync, closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type ContainerSpec, portMapping } from '../containers/container-spec.ts';
import { findProgram } from '../process/find-program.ts';
import { holdPort } from './fixed-ports.ts';
import { type HealthCheck, healthCheck } from './health-check.ts';
import { type RunUser, runUser } from './run-user.ts';
import type { ProgramCall, ServicePlan, ServiceProgram } from './service-program.ts';

export interface StartRequest {
  readonly name: string;
  readonly spec: ContainerSpec;
  readonly program: ServiceProgram;
  /** PATH, and what marks the job's processes as its own. */
  readonly env: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly log: (line: string) => void;
}

export interface RunningProgram {
  /** `job.services.<name>.ports` */
  readonly ports: Readonly<Record<string, string>>;
  /** Resolves once the health check holds. @throws Error when it does not in time */
  healthy(): Promise<void>;
  printed(): readonly string[];
  stop(): Promise<void>;
}

/** Starts a program of this machine in a service's place, on the ports that the workflow maps. */
export async function startProgram(request: StartRequest): Promise<RunningProgram> {
  const { spec, program, env } = request;
  const check = healthCheck(spec.options);
  for (const option of check.passedOver) request.log(`${option} is for a container, and passed over here`);
  const user = runUser(['postgres', 'redis', 'rabbitmq'].filter((name) => spec.image.includes(name)));
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-service-'));
  const owned = (path: string): string => {
    if (user !== undefined) chownSync(path, user.uid, user.gid);
    return path;
  };
  owned(folder);
  const ports = new Map<number, number>();
  const frees: (() => void)[] = [];
  let running: Started | undefined;
  const stop = async (): Promise<void> => {
    await running?.end();
    for (const free of frees) free();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  };
  try {
    const mapped = spec.ports.map(portMapping);
    for (const { container, host } of mapped) {
      if (host !== undefined) {
        const waits = (): void => request.log(`another job's service has port ${host}: waiting until that job ends`);
        frees.push(await holdPort(host, request.signal, waits));
      }
      ports.set(container, await freePort(host));
    }
    const plan = await program.plan({
      spec,
      folder,
      port: async (container) => {
        const known = ports.get(container) ?? (await freePort(undefined));
        ports.set(container, known);
        return known;
      },
      find: async (name, folders = []) => {
        const found = await findProgram(name, [...folders, env['PATH'] ?? ''].join(delimiter));
        if (found === undefined) throw new Error(`${name} is not on this machine: ${program.install}`);
        return found;
      },
      write: async (name, text) => {
        const path = join(folder, name);
        mkdirSync(dirname(path), { recursive: true });
        owned(dirname(path));
        writeFileSync(path, text, { mode: name.startsWith('bin/') ? 0o700 : 0o600 });
        return owned(path);
      },
    });
    const place: Place = { folder, user, env: { ...env, HOME: folder, TMPDIR: folder, ...spec.env, ...plan.env } };
    for (const call of plan.first) await toEnd(call, place, request.signal);
    running = start(plan.run, place);
    await answering(plan, running, request.signal);
    for (const call of plan.after) await toEnd(call, place, request.signal);
    const started = running;
    return {
      ports: Object.fromEntries(mapped.map(({ container }) => [String(container), String(ports.get(container))])),
      healthy: () => waitHealthy(request, plan, check, place, started),
      printed: () => started.printed(),
      stop,
    };
  } catch (error) {
    for (const line of running?.printed() ?? []) request.log(line);
    await stop();
    throw error;
  }
}

interface Place {
  readonly folder: string;
  readonly user: RunUser | undefined;
  readonly env: Readonly<Record<string, string>>;
}

interface Started {
  readonly ended: () => boolean;
  readonly printed: () => readonly string[];
  readonly done: Promise<number>;
  end(): Promise<void>;
}

let count = 0;

function start(call: ProgramCall, { folder, user, env }: Place): Started {
  count += 1;
  const logFile = join(folder, `output-${count}`);
  const log = openSync(logFile, 'a', 0o600);
  const child: ChildProcess = spawn(call.file, [...call.args], {
    cwd: folder,
    env,
    detached: true,
    stdio: ['ignore', log, log],
    ...user,
  });
  closeSync(log);
  let over = false;
  const done = new Promise<number>((resolve) => {
    const finish = (code: number): void => {
      over = true;
      resolve(code);
    };
    child.once('error', () => finish(127));
    child.once('exit', (code) => finish(code ?? 1));
  });
  const signal = (name: NodeJS.Signals): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, name);
    } catch {
      // The group is gone already.
    }
  };
  return {
    done,
    ended: () => over,
    printed: () =>
      readFileSync(logFile, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .slice(-200),
    end: async () => {
      signal('SIGTERM');
      if (!over) await Promise.race([done, delay(3000)]);
      signal('SIGKILL');
      await done;
    },
  };
}

async function toEnd(call: ProgramCall, place: Place, signal: AbortSignal): Promise<void> {
  const started = start(call, place);
  const abort = (): void => void started.end();
  signal.addEventListener('abort', abort, { once: true });
  const code = await started.done;
  signal.removeEventListener('abort', abort);
  if (code !== 0)
    throw new Error(`${call.file} failed with exit code ${code}: ${started.printed().slice(-5).join('\n')}`);
}

/** Milliseconds that a program may take to listen. */
const patience = 60_000;

async function answering(plan: ServicePlan, started: Started, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + patience;
  while (!(await listens(plan.port))) {
    signal.throwIfAborted();
    if (started.ended()) throw new Error(`${plan.title} ended before it answered on port ${plan.port}`);
    if (performance.now() > deadline) throw new Error(`${plan.title} does not answer on port ${plan.port}`);
    await delay(20);
  }
}

async function waitHealthy(
  { signal, name, log, spec }: StartRequest,
  plan: ServicePlan,
  check: HealthCheck,
  place: Place,
  started: Started,
): Promise<void> {
  const command = check.command ?? plan.health;
  if (command === undefined) return;
  const path = [...plan.path, place.env['PATH'] ?? ''].join(delimiter);
  const deadline = performance.now() + check.patience;
  for (let wait = 100; ; wait = Math.min(wait * 2, 2000)) {
    const tried = start({ file: '/bin/sh', args: ['-c', command] }, { ...place, env: { ...place.env, PATH: path } });
    if ((await tried.done) === 0) return;
    if (started.ended() || performance.now() > deadline) {
      for (const line of started.printed()) log(line);
      for (const line of tried.printed()) log(line);
      throw new Error(`Failed to initialize container ${spec.image}`);
    }
    log(`${name} service is starting, waiting ${wait / 1000} seconds before checking again.`);
    await delay(wait, undefined, { signal });
  }
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      // Taken leave of, not cut off: a server may not survive a connection that breaks.
      socket.resume().end();
      socket.setTimeout(1000, () => socket.destroy()).unref();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

/** A port of 127.0.0.1 that nobody listens on. @throws Error where the wanted one is taken */
function freePort(wanted: number | undefined): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', () =>
      reject(new Error(`port ${wanted} of this machine is taken: end what listens on it, or map another port`)),
    );
    server.listen(wanted ?? 0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

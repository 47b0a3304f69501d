import { chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type ContainerSpec, portMapping } from '../containers/container-spec.ts';
import { findProgram } from '../process/find-program.ts';
import { freePort, isFree } from '../process/free-port.ts';
import { listens } from '../process/listens.ts';
import { holdPort } from './fixed-ports.ts';
import { type HealthCheck, healthCheck } from './health-check.ts';
import { runUser } from './run-user.ts';
import type { ServicePlan, ServiceProgram } from './service-program.ts';
import { type Place, type StartedProgram, start, toEnd } from './started-program.ts';

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

/**
 * Starts a program of this machine in a service's place, on the ports that the workflow maps. Where it maps none of this
 * machine's, and another program takes the one that was found free before this one listens, it starts anew on another.
 */
export async function startProgram(request: StartRequest): Promise<RunningProgram> {
  for (let left = 3; ; left -= 1) {
    try {
      return await attempt(request);
    } catch (error) {
      if (!(error instanceof PortTaken) || left === 1) throw error;
      request.log(`${error.message}: starting anew on another`);
    }
  }
}

/** A port that was free when it was chosen. */
class PortTaken extends Error {
  constructor(port: number) {
    super(`port ${port} of this machine was taken by another program meanwhile`);
  }
}

async function attempt(request: StartRequest): Promise<RunningProgram> {
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
  const chosen: number[] = [];
  const choose = async (): Promise<number> => {
    const port = await freePort();
    chosen.push(port);
    return port;
  };
  const frees: (() => void)[] = [];
  let running: StartedProgram | undefined;
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
        if (!(await isFree(host))) {
          throw new Error(`port ${host} of this machine is taken: end what listens on it, or map another port`);
        }
      }
      ports.set(container, host ?? (await choose()));
    }
    const plan = await program.plan({
      spec,
      folder,
      port: async (container) => {
        const known = ports.get(container) ?? (await choose());
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
    // Before it starts: afterwards another's server could pass for this one until this one ends.
    const taken = async (): Promise<number | undefined> => {
      const free = await Promise.all(chosen.map(isFree));
      return chosen[free.indexOf(false)];
    };
    const before = await taken();
    if (before !== undefined) throw new PortTaken(before);
    running = start(plan.run, place);
    await answering(plan, running, request.signal, taken);
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

/** Milliseconds that a program may take to listen. */
const patience = 60_000;

async function answering(
  plan: ServicePlan,
  started: StartedProgram,
  signal: AbortSignal,
  taken: () => Promise<number | undefined>,
): Promise<void> {
  const deadline = performance.now() + patience;
  for (;;) {
    const answers = await listens(plan.port);
    signal.throwIfAborted();
    if (started.ended()) {
      const port = await taken();
      if (port !== undefined) throw new PortTaken(port);
      throw new Error(`${plan.title} ended before it answered on port ${plan.port}`);
    }
    if (answers) return;
    if (performance.now() > deadline) throw new Error(`${plan.title} does not answer on port ${plan.port}`);
    await delay(20);
  }
}

async function waitHealthy(
  { signal, name, log, spec }: StartRequest,
  plan: ServicePlan,
  check: HealthCheck,
  place: Place,
  started: StartedProgram,
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

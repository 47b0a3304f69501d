import { execFile } from 'node:child_process';
import type { Ports } from '../../ports.ts';
import { findProgram } from '../../runner/process/find-program.ts';

/** A container engine of this machine that answers. */
export interface ContainerEngine {
  readonly name: EngineName;
  /** Full path. */
  readonly program: string;
  /** The machine's own: an engine finds its daemon, its storage and its proxy by it. */
  readonly env: Readonly<Record<string, string>>;
}

export type EngineName = 'docker' | 'podman' | 'buildah';

/** Milliseconds until an engine that says nothing counts as none: `docker info` waits for a daemon that is far away. */
const patience = 5000;

/** What makes each say whether it could build: a client without its daemon is none. */
const questions: Readonly<Record<EngineName, readonly string[]>> = {
  docker: ['info', '--format', '{{.ServerVersion}}'],
  podman: ['info', '--format', '{{.Version.Version}}'],
  buildah: ['info'],
};

/** Asks docker, podman and buildah, in this order, and takes the first that answers. */
export async function findEngine(
  env: Ports['env'],
  names: readonly EngineName[] = ['docker', 'podman', 'buildah'],
): Promise<ContainerEngine | undefined> {
  const plain = Object.fromEntries(Object.entries(env).flatMap(([name, value]) => (value ? [[name, value]] : [])));
  for (const name of names) {
    const program = await findProgram(name, env['PATH'] ?? '');
    if (program === undefined) continue;
    const engine = { name, program, env: { ...plain, ...quiet } };
    if (await answers(engine)) return engine;
  }
  return undefined;
}

/** One image a build, in this engine's own store, and lines instead of a redrawn screen. */
const quiet = { BUILDX_BUILDER: 'default', BUILDX_NO_DEFAULT_ATTESTATIONS: '1', BUILDKIT_PROGRESS: 'plain' } as const;

function answers({ name, program, env }: ContainerEngine): Promise<boolean> {
  return new Promise((resolve) => {
    execFile(program, [...questions[name]], { env, timeout: patience, killSignal: 'SIGKILL' }, (error, stdout) =>
      resolve(error === null && stdout.trim() !== ''),
    );
  });
}

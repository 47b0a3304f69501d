import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { TrunklineError } from '../../errors.ts';
import { runProcess } from '../../runner/process/run-process.ts';
import type { ImagePart } from '../image/push-image.ts';
import type { ContainerEngine } from './container-engine.ts';
import { readDockerArchive } from './docker-archive.ts';
import { unreachableBase } from './unreachable-base.ts';

export interface EngineBuild {
  readonly context: string;
  /** Full path. */
  readonly dockerfile: string;
  readonly buildArgs: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly target?: string;
  readonly platforms: readonly string[];
  /** Files by the id under which RUN mounts them. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly noCache: boolean;
  readonly pull: boolean;
  /** For the image's archive and its layers; the caller removes it. */
  readonly scratch: string;
  readonly log: (line: string) => void;
  readonly signal: AbortSignal;
}

/** The images built, one a platform; or why no base image could be fetched, in the engine's words. */
export type EngineImages =
  | { readonly parts: readonly ImagePart[] }
  | { readonly parts: undefined; readonly unreachable: string };

const grace = { interrupt: 3000, terminate: 1000 };

/**
 * Builds with the engine and takes the images out of it again; nothing stays in its store but base images and caches.
 * @throws INPUT_INVALID for what the Dockerfile did wrong
 */
export async function buildImage(engine: ContainerEngine, build: EngineBuild): Promise<EngineImages> {
  const parts: ImagePart[] = [];
  for (const platform of build.platforms) {
    const name = `localhost/trunkline-lab:${randomUUID()}`;
    const printed: string[] = [];
    const say = (lines: readonly string[]): void => {
      printed.push(...lines);
      if (printed.length > 400) printed.splice(0, printed.length - 200);
      for (const line of lines) build.log(line);
    };
    const code = await run(engine, buildArguments(engine, build, platform, name), build, say);
    if (build.signal.aborted) throw new TrunklineError('LAB_FAILED', 'the build was cancelled');
    if (code !== 0) {
      const unreachable = unreachableBase(printed);
      if (unreachable !== undefined) return { parts: undefined, unreachable };
      throw new TrunklineError('INPUT_INVALID', `buildx failed with: ${lastError(printed)}`);
    }
    try {
      parts.push(await takeOut(engine, build, name));
    } finally {
      const remove = engine.name === 'docker' ? ['image', 'rm', name] : ['rmi', name];
      await run(engine, remove, build, () => undefined);
    }
  }
  return { parts };
}

function buildArguments(engine: ContainerEngine, build: EngineBuild, platform: string, name: string): string[] {
  const repeated = (flag: string, pairs: Readonly<Record<string, string>>): string[] =>
    Object.entries(pairs).flatMap(([key, value]) => [flag, `${key}=${value}`]);
  const own: Record<ContainerEngine['name'], readonly string[]> = {
    docker: ['build'],
    podman: ['build', '--format', 'oci'],
    // Its own isolation needs a runtime and a namespace that a job in a container has not.
    buildah: ['bud', '--format', 'oci', ...(engine.env['BUILDAH_ISOLATION'] ? [] : ['--isolation', 'chroot'])],
  };
  return [
    ...own[engine.name],
    '--file',
    build.dockerfile,
    '--tag',
    name,
    ...(build.platforms.length > 1 || platform !== hostPlatform() ? ['--platform', platform] : []),
    ...repeated('--build-arg', build.buildArgs),
    ...repeated('--label', build.labels),
    ...(build.target === undefined ? [] : ['--target', build.target]),
    ...Object.entries(build.secrets).flatMap(([id, file]) => ['--secret', `id=${id},src=${file}`]),
    ...(build.noCache ? ['--no-cache'] : []),
    ...(build.pull ? ['--pull'] : []),
    build.context,
  ];
}

/** What images are built for unless the workflow says otherwise. */
export function hostPlatform(): string {
  return `linux/${process.arch === 'x64' ? 'amd64' : process.arch}`;
}

async function takeOut(engine: ContainerEngine, build: EngineBuild, name: string): Promise<ImagePart> {
  const folder = join(build.scratch, randomUUID());
  await mkdir(folder, { recursive: true });
  const archive = join(folder, 'image.tar');
  const save =
    engine.name === 'buildah'
      ? ['push', '--quiet', name, `docker-archive:${archive}:${name}`]
      : ['save', ...(engine.name === 'podman' ? ['--quiet', '--format', 'docker-archive'] : []), '-o', archive, name];
  const printed: string[] = [];
  const code = await run(engine, save, build, (lines) => printed.push(...lines));
  if (code !== 0) throw new TrunklineError('LAB_FAILED', `${engine.name} gave no image: ${lastError(printed)}`);
  return readDockerArchive(archive, folder);
}

async function run(
  engine: ContainerEngine,
  args: readonly string[],
  build: EngineBuild,
  onLines: (lines: readonly string[]) => void,
): Promise<number> {
  const request = { file: engine.program, args, cwd: build.scratch, env: engine.env, onLines, grace };
  return (await runProcess({ ...request, signal: build.signal })).exitCode;
}

function lastError(printed: readonly string[]): string {
  const said = printed.filter((line) => line.trim() !== '');
  return said.findLast((line) => /^\s*error\b/i.test(line)) ?? said.at(-1) ?? 'the engine said nothing';
}

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Clock } from '../../ports.ts';
import { parseImageReference } from '../../registry/image-reference.ts';
import {
  type ActionCall,
  type ActionResult,
  type BuiltInAction,
  booleanInput,
  input,
} from '../../runner/actions/action.ts';
import { buildImage, type EngineBuild, hostPlatform } from '../engine/build-image.ts';
import type { ContainerEngine } from '../engine/container-engine.ts';
import { packImage } from '../image/pack-image.ts';
import { assembleImage, type ImagePart, partsOf } from '../image/push-image.ts';
import { checkedIn, inWorkspace } from './build-folder.ts';
import { readOutputs, writeOutput } from './build-outputs.ts';
import { hostRunner } from './host-runner.ts';
import { pushAll } from './push-targets.ts';

export interface BuildOptions {
  readonly fetch: typeof globalThis.fetch;
  readonly clock: Clock;
  readonly allowHostRun: boolean;
  /** The engine that answers on this machine. */
  readonly engine: () => Promise<ContainerEngine | undefined>;
}

type Fidelity = NonNullable<ActionResult['fidelity']>;

/**
 * docker/build-push-action: builds with a container engine where one answers. Where none does, or the machine reaches no
 * registry for the base image, the lab packs the build context, and says so. Either way the lab pushes, with the job's
 * own login, so that no engine needs to know the lab's registry.
 */
export function buildPushAction(options: BuildOptions): BuiltInAction {
  return {
    name: 'docker/build-push-action',
    fidelity: 'stand-in',
    fidelityVaries: true,
    run: async (call) => {
      await mkdir(call.temp, { recursive: true });
      const scratch = await mkdtemp(join(call.temp, 'build-'));
      const reached: { fidelity: Fidelity } = { fidelity: 'stand-in' };
      try {
        const outputs = await run(call, scratch, options, reached);
        return { conclusion: 'success', outputs, fidelity: reached.fidelity };
      } catch (error) {
        // A failure, too, is the engine's or the stand-in's.
        if (!call.signal.aborted) call.log(`::error::${messageOf(error)}`);
        return { conclusion: 'failure', fidelity: reached.fidelity };
      } finally {
        await rm(scratch, { recursive: true, force: true });
      }
    },
  };
}

async function run(
  call: ActionCall,
  scratch: string,
  options: BuildOptions,
  reached: { fidelity: Fidelity },
): Promise<Record<string, string>> {
  const tags = list(input(call, 'tags')).map(parseImageReference);
  const outputs = readOutputs(call);
  const named = outputs.flatMap(({ name }) => name?.split(',') ?? []).map(parseImageReference);
  const targets = [...tags, ...named];
  const pushes = booleanInput(call, 'push', false) || outputs.some(({ pushes }) => pushes);
  if (pushes && targets.length === 0) {
    throw new Error('buildx failed with: ERROR: failed to solve: tag is needed when pushing to registry');
  }
  const image = assembleImage(await build(call, await readBuild(call, scratch), options, reached));
  if (pushes) await pushAll(call, { fetch: options.fetch, clock: options.clock }, image, targets);
  const names = targets.map(
    (target) => `${target.registry}/${target.repository}${target.tag === undefined ? '' : `:${target.tag}`}`,
  );
  for (const { archive } of outputs) if (archive !== undefined) await writeOutput(call, image, archive, names);
  call.log(`digest: ${image.digest}`);
  const metadata = {
    'containerimage.config.digest': image.imageId,
    'containerimage.digest': image.digest,
    ...(names.length === 0 ? {} : { 'image.name': names.join(',') }),
  };
  return { imageid: image.imageId, digest: image.digest, metadata: JSON.stringify(metadata, undefined, 2) };
}

/** The action's inputs, as an engine and the stand-in both take them. */
async function readBuild(call: ActionCall, scratch: string): Promise<EngineBuild> {
  const given = input(call, 'context');
  const context = given === '' ? await checkedIn(call, scratch) : await inWorkspace(call, given);
  const file = input(call, 'file');
  const target = input(call, 'target');
  const dockerfile =
    file === '' ? join(context, 'Dockerfile') : given === '' ? join(context, file) : resolve(call.workspace, file);
  return {
    context,
    dockerfile,
    buildArgs: pairs(input(call, 'build-args')),
    labels: pairs(input(call, 'labels')),
    platforms: list(input(call, 'platforms', hostPlatform())),
    secrets: await secretFiles(call, scratch),
    noCache: booleanInput(call, 'no-cache', false),
    pull: booleanInput(call, 'pull', false),
    scratch,
    log: (line) => call.log(line),
    signal: call.signal,
    ...(target === '' ? {} : { target }),
  };
}

async function build(
  call: ActionCall,
  request: EngineBuild,
  options: BuildOptions,
  reached: { fidelity: Fidelity },
): Promise<readonly ImagePart[]> {
  const engine = await options.engine();
  let reason = 'no container engine answers here';
  if (engine !== undefined) {
    reached.fidelity = 'real';
    call.log(`real: ${engine.name} builds the image, with the network of this machine`);
    const built = await buildImage(engine, request);
    if (built.parts !== undefined) return built.parts;
    reached.fidelity = 'stand-in';
    reason = `${engine.name} reaches no registry for the base image (${built.unreachable})`;
  }
  call.log(`stand-in: ${reason}: the base image is recorded, the build context is packed by the lab`);
  const host = options.allowHostRun ? { host: hostRunner(call) } : {};
  return partsOf(await packImage({ ...request, ...host, withoutEngine: reason }), request.platforms);
}

/** `secrets`, `secret-envs` and `secret-files`, as files that only this user may read; gone with the build. */
async function secretFiles(call: ActionCall, scratch: string): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  const values = { ...pairs(input(call, 'secrets')) };
  for (const [id, name] of Object.entries(pairs(input(call, 'secret-envs')))) values[id] = call.env[name] ?? '';
  for (const [index, [id, value]] of Object.entries(values).entries()) {
    const file = join(scratch, `secret-${index}`);
    await writeFile(file, value, { mode: 0o600 });
    files[id] = file;
  }
  for (const [id, path] of Object.entries(pairs(input(call, 'secret-files')))) {
    files[id] = resolve(call.workspace, path);
  }
  return files;
}

function messageOf(error: unknown): string {
  const hint = error instanceof Error && 'hint' in error && typeof error.hint === 'string' ? ` (${error.hint})` : '';
  return `${error instanceof Error ? error.message : String(error)}${hint}`
    .replaceAll('%', '%25')
    .replaceAll('\n', '%0A');
}

function list(text: string): readonly string[] {
  return text
    .split(/[\n,]/)
    .map((each) => each.trim())
    .filter((each) => each !== '');
}

function pairs(text: string): Record<string, string> {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.includes('='));
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
}

import { randomUUID } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { TrunklineError } from '../../errors.ts';
import { type ContextEntry, readContext } from './build-context.ts';
import { parents, placed, select } from './copied-files.ts';
import { execForm, expand, type Instruction, parseDockerfile, words } from './dockerfile.ts';
import { type RunOnHost, runOnHost } from './run-on-host.ts';
import { configOf, openStage, type Stage, setArgs, setPairs } from './stage.ts';
import { type Layer, type LayerEntry, writeLayer } from './write-layer.ts';

export interface PackRequest {
  readonly context: string;
  /** Full path. */
  readonly dockerfile: string;
  readonly buildArgs: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  /** A stage's name; the last one unless given. */
  readonly target?: string;
  /** For layers, and for what RUN needs; the caller removes it. */
  readonly scratch: string;
  /** Carries RUN out; without it RUN is refused. */
  readonly host?: RunOnHost;
  /** Why no engine does it, for the refusal. */
  readonly withoutEngine?: string;
  readonly log: (line: string) => void;
}

/** An image without a platform: its layers hold files of the context only. */
export interface PackedImage {
  readonly layers: readonly Layer[];
  /** `config` of the image's configuration. */
  readonly config: Readonly<Record<string, unknown>>;
  /** What FROM named, and nobody pulled. */
  readonly base: string;
}

/**
 * Packs a build context after a Dockerfile, without a container engine: the base image is recorded and not pulled,
 * everything else but RUN is carried out. The same input gives the same digests.
 * @throws UNSUPPORTED for what only an engine can do, INPUT_INVALID for what no builder takes
 */
export async function packImage(request: PackRequest): Promise<PackedImage> {
  const text = await readFile(request.dockerfile, 'utf8').catch(() => {
    const name = posix.basename(request.dockerfile);
    throw new TrunklineError(
      'INPUT_INVALID',
      `failed to solve: failed to read dockerfile: open ${name}: no such file or directory`,
    );
  });
  const instructions = parseDockerfile(text, request.dockerfile);
  const context = await readContext(request.context, request.dockerfile);
  const stages = new Map<string, Stage>();
  const globals = new Map<string, string>();
  let stage: Stage | undefined;
  let count = 0;
  for (const instruction of instructions) {
    if (instruction.name === 'FROM') {
      const [base = '', as, name] = expand(instruction.text, globals).split(/\s+/);
      stage = openStage(base, stages);
      stages.set(String(count), stage);
      if (as?.toUpperCase() === 'AS' && name !== undefined) stages.set(name.toLowerCase(), stage);
      count += 1;
      request.log(`FROM ${base}${stages.get(base.toLowerCase()) === undefined ? ' (recorded, not pulled)' : ''}`);
    } else if (stage === undefined) {
      if (instruction.name !== 'ARG') throw refuse(request, instruction, 'expected FROM first');
      setArgs(globals, instruction.text, request.buildArgs, globals);
    } else {
      request.log(`${instruction.name} ${instruction.text}`);
      await carryOut(request, instruction, { stage, stages, context, globals });
    }
  }
  const chosen = request.target === undefined ? stage : stages.get(request.target.toLowerCase());
  if (chosen === undefined) {
    throw new TrunklineError('INPUT_INVALID', `failed to solve: target stage "${request.target}" could not be found`);
  }
  for (const [name, value] of Object.entries(request.labels)) chosen.labels.set(name, value);
  return { layers: chosen.layers, config: configOf(chosen), base: chosen.base };
}

interface Build {
  readonly stage: Stage;
  readonly stages: ReadonlyMap<string, Stage>;
  readonly context: readonly ContextEntry[];
  readonly globals: ReadonlyMap<string, string>;
}

async function carryOut(request: PackRequest, instruction: Instruction, build: Build): Promise<void> {
  const { stage } = build;
  const values = new Map([...stage.args, ...stage.env]);
  const text = expand(instruction.text, values);
  switch (instruction.name) {
    case 'ARG':
      return setArgs(stage.args, text, request.buildArgs, build.globals);
    case 'ENV':
      return setPairs(stage.env, text);
    case 'LABEL':
      return setPairs(stage.labels, text);
    case 'WORKDIR':
      stage.workdir = posix.resolve(stage.workdir, words(text)[0] ?? '/');
      return addLayer(request, stage, new Map(parents(`${stage.workdir.slice(1)}/x`)));
    case 'EXPOSE':
      for (const port of words(text)) stage.ports.add(port.includes('/') ? port : `${port}/tcp`);
      return;
    case 'USER':
      stage.user = text;
      return;
    case 'ENTRYPOINT':
      stage.entrypoint = execForm(instruction.text) ?? ['/bin/sh', '-c', instruction.text];
      delete stage.command;
      return;
    case 'CMD':
      stage.command = execForm(instruction.text) ?? ['/bin/sh', '-c', instruction.text];
      return;
    case 'COPY':
    case 'ADD':
      return copy(request, instruction, text, build);
    case 'RUN': {
      if (request.host === undefined) {
        throw new TrunklineError(
          'UNSUPPORTED',
          `RUN needs a container engine, and ${request.withoutEngine ?? 'none is used'} (${posix.basename(request.dockerfile)}:${instruction.line}: RUN ${instruction.text})`,
          { hint: 'start docker or podman, or let it run on this machine itself with --allow-host-run' },
        );
      }
      const command = execForm(instruction.text) ?? ['/bin/sh', '-c', instruction.text];
      const folder = join(request.scratch, `root-${randomUUID()}`);
      const change = await runOnHost(request.host, {
        command,
        folder,
        files: stage.files,
        workdir: stage.workdir,
        env: values,
      });
      return addLayer(request, stage, change);
    }
    case 'HEALTHCHECK':
    case 'STOPSIGNAL':
    case 'VOLUME':
    case 'MAINTAINER':
    case 'SHELL':
      request.log(`${instruction.name} has no effect in the lab`);
      return;
    default:
      throw refuse(request, instruction, `unknown instruction: ${instruction.name}`);
  }
}

async function copy(request: PackRequest, instruction: Instruction, text: string, build: Build): Promise<void> {
  const { stage } = build;
  const list = execForm(text) ?? words(text);
  const destination = list.at(-1) ?? '';
  const sources = list.slice(0, -1);
  if (sources.length === 0) throw refuse(request, instruction, `expected ${instruction.name} SOURCE… DESTINATION`);
  if (sources.some((source) => /^(?:https?|git):\/\/|^git@/.test(source))) {
    throw refuse(request, instruction, 'the stand-in for image builds fetches nothing: copy files of the context');
  }
  const from = instruction.flags['from'];
  const origin = from === undefined ? undefined : build.stages.get(from.toLowerCase());
  if (from !== undefined && origin === undefined) {
    throw refuse(request, instruction, `"${from}" is no stage of this file, and the stand-in pulls no other image`);
  }
  const available: ReadonlyMap<string, LayerEntry> =
    origin?.files ??
    new Map(
      build.context.map(({ path, source, kind, mode }) => [
        path,
        kind === 'directory' ? { kind, mode } : { kind, source, mode },
      ]),
    );
  const target = posix.resolve(stage.workdir, destination).slice(1);
  const mode = instruction.flags['chmod'];
  const into =
    destination.endsWith('/') ||
    destination === '.' ||
    sources.length > 1 ||
    stage.files.get(target)?.kind === 'directory';
  const change = new Map<string, LayerEntry>();
  for (const source of sources) {
    const found = select(available, source);
    if (found.length === 0) {
      throw refuse(request, instruction, `failed to compute cache key: "/${source.replace(/^\/+/, '')}": not found`);
    }
    for (const [path, entry] of found.flatMap((root) => placed(available, root, target, into))) {
      const changed =
        mode === undefined || entry.kind === 'whiteout' ? entry : { ...entry, mode: Number.parseInt(mode, 8) };
      for (const [folder, made] of parents(path)) if (!stage.files.has(folder)) change.set(folder, made);
      if (path !== '') change.set(path, changed);
    }
  }
  return addLayer(request, stage, change);
}

async function addLayer(request: PackRequest, stage: Stage, change: ReadonlyMap<string, LayerEntry>): Promise<void> {
  if (change.size === 0) return;
  await mkdir(request.scratch, { recursive: true });
  const file = join(request.scratch, `layer-${randomUUID()}.tar.gz`);
  stage.layers.push(await writeLayer(change, file));
  for (const [path, entry] of change) {
    if (entry.kind === 'whiteout') stage.files.delete(path);
    else stage.files.set(path, entry);
  }
}

function refuse(request: PackRequest, instruction: Instruction, message: string): TrunklineError {
  return new TrunklineError('INPUT_INVALID', message, {
    location: { file: request.dockerfile, line: instruction.line },
  });
}

import { words } from './dockerfile.ts';
import type { Layer, LayerEntry } from './write-layer.ts';

/** A stage of the build so far. */
export interface Stage {
  readonly base: string;
  readonly files: Map<string, LayerEntry>;
  readonly layers: Layer[];
  readonly env: Map<string, string>;
  readonly args: Map<string, string>;
  readonly labels: Map<string, string>;
  readonly ports: Set<string>;
  workdir: string;
  entrypoint?: readonly string[];
  command?: readonly string[];
  user?: string;
}

/** A stage that begins with another's files and settings, or with nothing but the name of its base. */
export function openStage(base: string, stages: ReadonlyMap<string, Stage>): Stage {
  const from = stages.get(base.toLowerCase());
  const made: Stage = {
    base: from?.base ?? base,
    files: new Map(from?.files),
    layers: [...(from?.layers ?? [])],
    env: new Map(from?.env),
    args: new Map(),
    labels: new Map(from?.labels),
    ports: new Set(from?.ports),
    workdir: from?.workdir ?? '/',
  };
  if (from?.entrypoint !== undefined) made.entrypoint = from.entrypoint;
  if (from?.command !== undefined) made.command = from.command;
  if (from?.user !== undefined) made.user = from.user;
  return made;
}

/** `ARG A=b C`: what was given counts before the file's own, and that before the global ones. */
export function setArgs(
  into: Map<string, string>,
  text: string,
  given: Readonly<Record<string, string>>,
  globals: ReadonlyMap<string, string>,
): void {
  for (const word of words(text)) {
    const at = word.indexOf('=');
    const name = at === -1 ? word : word.slice(0, at);
    const value = given[name] ?? (at === -1 ? globals.get(name) : word.slice(at + 1));
    if (value !== undefined) into.set(name, value);
  }
}

/** `A=b C="d e"`, or the old `A b c`. */
export function setPairs(into: Map<string, string>, text: string): void {
  const list = words(text);
  if (list[0]?.includes('=') !== true) {
    const [name = '', ...value] = text.split(/\s+/);
    into.set(name, value.join(' '));
    return;
  }
  for (const word of list) into.set(word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1));
}

/** `config` of an image's configuration. */
export function configOf(stage: Stage): Record<string, unknown> {
  const sorted = (map: ReadonlyMap<string, string>) =>
    Object.fromEntries([...map].sort(([a], [b]) => (a < b ? -1 : 1)));
  return {
    ...(stage.user === undefined ? {} : { User: stage.user }),
    ...(stage.ports.size === 0
      ? {}
      : { ExposedPorts: Object.fromEntries([...stage.ports].sort().map((port) => [port, {}])) }),
    Env: [...stage.env].map(([name, value]) => `${name}=${value}`),
    ...(stage.entrypoint === undefined ? {} : { Entrypoint: stage.entrypoint }),
    ...(stage.command === undefined ? {} : { Cmd: stage.command }),
    WorkingDir: stage.workdir,
    ...(stage.labels.size === 0 ? {} : { Labels: sorted(stage.labels) }),
  };
}

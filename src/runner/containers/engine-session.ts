import type { JobLog } from '../job/job-log.ts';
import type { ContainerEngine } from './container-engine.ts';
import { askEngine, callEngine } from './engine-cli.ts';

export interface EngineSessionOptions {
  readonly engine: ContainerEngine;
  readonly log: JobLog;
  readonly cwd: string;
  readonly signal: AbortSignal;
}

/** Whether a call belongs to the job's end, and so goes on when the job is cancelled. */
export type Ending = 'ending';

/** The engine's command line as one job uses it. */
export class EngineSession {
  readonly #options: EngineSessionOptions;

  constructor(options: EngineSessionOptions) {
    this.#options = options;
  }

  get engine(): ContainerEngine {
    return this.#options.engine;
  }

  /** What it printed. `engine` may have more in its environment, for `-e NAME`. @throws Error with its last words */
  ask(
    args: readonly string[],
    { ending, engine = this.engine }: { ending?: Ending; engine?: ContainerEngine } = {},
  ): Promise<readonly string[]> {
    return askEngine(engine, args, this.#call(ending));
  }

  /** Shows the command and what it prints; answers the exit code. */
  say(args: readonly string[], { ending, cwd }: { ending?: Ending; cwd?: string } = {}): Promise<number> {
    const { engine, log } = this.#options;
    log.line(`##[command]${engine.program} ${args.join(' ')}`);
    return callEngine(engine, args, {
      ...this.#call(ending),
      ...(cwd === undefined ? {} : { cwd }),
      onLines: (lines) => log.lines(lines),
    });
  }

  quietly(args: readonly string[]): Promise<number> {
    return callEngine(this.engine, args, { ...this.#call(undefined), onLines: () => undefined });
  }

  /** podman would ask first, and wait. */
  remove(id: string): Promise<number> {
    const { name } = this.engine;
    return this.say(['rm', '--force', ...(name === 'podman' ? ['--time', '0'] : []), id], { ending: 'ending' });
  }

  #call(ending: Ending | undefined): { cwd: string; signal: AbortSignal } {
    const { cwd, signal } = this.#options;
    return { cwd, signal: ending === undefined ? signal : AbortSignal.timeout(30_000) };
  }
}

/**
 * `-e NAME`: values in the command line would be everybody's to read. Where the engine's own environment has the name
 * with another value, that one would win.
 */
export function environmentArguments(
  engine: ContainerEngine,
  env: Readonly<Record<string, string>>,
): readonly string[] {
  return Object.entries(env).flatMap(([name, value]) => [
    '-e',
    engine.env[name] === undefined || engine.env[name] === value ? name : `${name}=${value}`,
  ]);
}

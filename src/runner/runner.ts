import { join } from 'node:path';
import type { Ports } from '../ports.ts';
import type { Report } from '../protocol/report.ts';
import type { JobRecord, RunRecord } from '../protocol/run.ts';
import type { RunService } from '../protocol/run-service.ts';
import type { ActionSource, BuiltInAction, BuiltInProgram } from './actions/action.ts';
import { builtInActions } from './actions/built-ins.ts';
import { actionFinder } from './actions/find-action.ts';
import { ConcurrencyGroups } from './concurrency-groups.ts';
import type { ContainerEngine } from './containers/container-engine.ts';
import { removeLeftBehind } from './containers/left-behind.ts';
import { executeRun, newExecution, type RunExecution, type RunnerShared, type RunRequest } from './execute-run.ts';
import { SpentFolders } from './job/spent-folders.ts';
import type { ReplaceScript } from './job/stand-in-programs.ts';
import { once } from './once.ts';
import { rememberParsed } from './parsed-workflows.ts';
import { openPrograms } from './process/programs.ts';
import { publishedWorkflows } from './published-workflows.ts';
import type { ServiceTable } from './services/configured-services.ts';
import { Slots } from './slots.ts';
import { stoppable } from './stoppable-service.ts';
import { resumeRuns, takeCommand } from './take-command.ts';

export interface RunnerOptions {
  readonly service: RunService;
  readonly ports: Pick<Ports, 'clock' | 'random' | 'env'>;
  /** Jobs live in `<folder>/jobs`, actions in `<folder>/actions`, named pipes in `<folder>/pipes`. */
  readonly folder: string;
  /** How many jobs run at once. */
  readonly parallel: number;
  /** What jobs see: https://github.com, https://api.github.com, https://api.github.com/graphql. */
  readonly urls: {
    readonly server: string;
    readonly api: string;
    readonly graphql: string;
    /** Where the built-in checkout reaches the server's git without TLS, if anywhere: `http://127.0.0.1:4000`. */
    readonly git?: string;
  };
  /** Added to each job's environment: the proxy, certificates. */
  readonly jobEnv: (job: JobRecord, run: RunRecord) => Readonly<Record<string, string>>;
  readonly actions: readonly ActionSource[];
  /** By lower-case `owner/repo[/path]`; the runner's own come by themselves; `realActions` prefers the published code of all. */
  readonly builtIns: ReadonlyMap<string, BuiltInAction>;
  /** Repositories that hold the code of published actions, by lower-case names: what is built in is built in there too. */
  readonly mirrors?: ReadonlyMap<string, string>;
  readonly realActions?: boolean;
  readonly report: (report: Report) => void;
  /** How long a cancelled process gets after SIGINT and after SIGTERM, in milliseconds; GitHub's 7500 and 2500 by default. */
  readonly grace?: { readonly interrupt: number; readonly terminate: number };
  /** Leaves the folders of finished jobs. */
  readonly keepJobs?: boolean;
  /** docker or podman, where one answers: asked for when a job wants a container. */
  readonly engine?: () => Promise<ContainerEngine | undefined>;
  /** Programs that stand for services' images where no engine answers, besides postgres, redis and rabbitmq. */
  readonly services?: ServiceTable;
  /** Scripts that are not run as they stand. */
  readonly replaceScript?: ReplaceScript;
  /** Labels besides ubuntu's that this runner takes. */
  readonly labels?: readonly string[];
}

export interface Runner {
  /**
   * Resolves when no command that was taken is unfinished: nothing is queued, waiting or running.
   * @throws what kept a command from being carried out
   */
  idle(): Promise<void>;
  /** Takes no more commands, ends all processes, leaves runs as they are on the forge. */
  stop(): Promise<void>;
}

/** The engine, without what labs that were killed have left in it. */
function cleaned(find: NonNullable<RunnerOptions['engine']>): NonNullable<RunnerOptions['engine']> {
  return once(async () => {
    const engine = await find();
    if (engine !== undefined) await removeLeftBehind(engine);
    return engine;
  });
}

/** Starts taking commands from the forge: first what an earlier runner left unfinished. */
export function startRunner(given: RunnerOptions): Runner {
  const stopping = new AbortController();
  const options: RunnerOptions = { ...given, service: stoppable(given.service, stopping.signal) };
  const builtIns = new Map<string, BuiltInAction | BuiltInProgram>(options.builtIns);
  for (const action of builtInActions) if (!builtIns.has(action.name)) builtIns.set(action.name, action);
  for (const [mirror, published] of options.mirrors ?? []) {
    const action = builtIns.get(published);
    if (action !== undefined && !builtIns.has(mirror)) builtIns.set(mirror, action);
  }
  const { service } = options;
  // Called workflows only: where actions come from is the finder's affair.
  const calling = publishedWorkflows(service, options.actions, join(options.folder, 'actions'));
  const reading: RunnerOptions = {
    ...options,
    service: { ...service, ...calling },
    ...(options.engine === undefined ? {} : { engine: cleaned(options.engine) }),
  };
  const programs = openPrograms(join(options.folder, 'pipes'), options.ports.env);
  const spent = new SpentFolders((folder) => programs.starter.remove(folder));
  const shared: RunnerShared = {
    options: reading,
    finder: actionFinder({
      service: options.service,
      sources: options.actions,
      builtIns,
      realActions: options.realActions === true,
      folder: join(options.folder, 'actions'),
    }),
    programs,
    groups: new ConcurrencyGroups(),
    slots: new Slots(options.parallel),
    spent,
  };
  const parse = rememberParsed();
  const runs = new Map<number, RunExecution>();
  const work = new Set<Promise<void>>();
  const track = (promise: Promise<void>): Promise<void> => {
    const settled = promise
      .catch((error: unknown) => {
        if (!stopping.signal.aborted) throw error;
      })
      .finally(() => work.delete(settled));
    work.add(settled);
    return settled;
  };
  /** The run goes on by itself; its place in its concurrency group is taken before this returns to the loop. */
  const begin = async (request: RunRequest): Promise<void> => {
    const variables = await options.service.variables(request.run.repository);
    const execution = newExecution(shared, request, variables);
    runs.set(request.run.id, execution);
    attempt(executeRun(execution).finally(() => runs.delete(request.run.id))).catch(() => undefined);
  };
  const broken: unknown[] = [];
  /** A command that fails is a fault of the forge or of ours: it is told by `idle`, and the next one is taken. */
  const attempt = (promise: Promise<void>): Promise<void> =>
    track(promise).catch((error: unknown) => {
      broken.push(error);
    });
  const loop = async (): Promise<void> => {
    await attempt(resumeRuns(reading, begin));
    for await (const command of options.service.commands(stopping.signal)) {
      if (stopping.signal.aborted) return;
      await attempt(takeCommand(reading, command, runs, begin, parse));
    }
  };
  const looping = loop();
  looping.catch((error: unknown) => broken.push(error));
  return {
    idle: async () => {
      while (work.size > 0) await Promise.allSettled(work);
      if (broken.length > 0) throw broken[0];
    },
    stop: async () => {
      stopping.abort();
      for (const execution of runs.values()) execution.kill.abort();
      await Promise.allSettled([looping, ...work]);
      await spent.clear();
      await programs.starter.close();
    },
  };
}

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { git } from '../../git/git.ts';
import type { WorkflowEvent } from '../../protocol/event.ts';
import type { Report } from '../../protocol/report.ts';
import type { JobRecord, RunRecord } from '../../protocol/run.ts';
import type { BuiltInAction } from '../actions/action.ts';
import { type Runner, type RunnerOptions, startRunner } from '../runner.ts';
import { MemoryService } from './memory-service.ts';
import { tellWhenFailed } from './tell-when-failed.ts';

/** A finished run as tests look at it. */
export interface SeenRun {
  readonly run: RunRecord;
  /** By name. */
  readonly jobs: Readonly<Record<string, JobRecord>>;
  /** `name: conclusion` of all jobs, in the order they were opened. */
  readonly conclusions: readonly string[];
  /** All jobs' logs without their times. */
  readonly log: string;
}

/** A runner over a forge in memory and one git repository, `acme/app`. */
export interface Workbench {
  readonly service: MemoryService;
  readonly folder: string;
  readonly reports: Report[];
  readonly runner: Runner;
  commit(files: Readonly<Record<string, string>>, repository?: string): Promise<string>;
  /** Sends an event; answers at once. */
  send(sha: string, event?: Partial<WorkflowEvent>): void;
  /** Waits for all that was sent, and answers the runs in order. */
  finish(): Promise<readonly SeenRun[]>;
  /** Commits one workflow, pushes and waits. */
  run(workflow: string, files?: Readonly<Record<string, string>>, event?: Partial<WorkflowEvent>): Promise<SeenRun>;
  /** Starts another runner over the same forge. */
  restart(): Runner;
  close(): Promise<void>;
}

export async function openWorkbench(
  options: { parallel?: number; builtIns?: readonly BuiltInAction[] } & Partial<
    Pick<RunnerOptions, 'engine' | 'services' | 'actions' | 'mirrors'>
  > = {},
): Promise<Workbench> {
  const folder = await mkdtemp(join(tmpdir(), 'runner-'));
  const service = new MemoryService(join(folder, 'git'));
  const reports: Report[] = [];
  const start = (): Runner =>
    startRunner({
      service,
      folder: join(folder, 'runner'),
      ports: {
        clock: { now: () => Date.now(), sleep: (ms) => delay(ms) },
        random: (bytes) => crypto.getRandomValues(new Uint8Array(bytes)),
        env: { PATH: process.env['PATH'] },
      },
      parallel: options.parallel ?? 4,
      urls: {
        server: `file://${folder}/git`,
        api: 'https://api.github.com',
        graphql: 'https://api.github.com/graphql',
      },
      jobEnv: () => ({}),
      actions: options.actions ?? [],
      builtIns: new Map((options.builtIns ?? []).map((action) => [action.name, action])),
      report: (report) => reports.push(report),
      ...(options.engine === undefined ? {} : { engine: options.engine }),
      ...(options.services === undefined ? {} : { services: options.services }),
      ...(options.mirrors === undefined ? {} : { mirrors: options.mirrors }),
      grace: { interrupt: 200, terminate: 200 },
    });
  let runner = start();
  let eventId = 0;
  let told = 0;
  const commit = async (files: Readonly<Record<string, string>>, repository = 'acme/app'): Promise<string> => {
    const cwd = join(service.root, repository);
    await mkdir(cwd, { recursive: true });
    const at = { cwd, isolated: true, env: { HOME: folder } };
    await git(['init', '--quiet', '--initial-branch=main'], at);
    await git(['config', 'uploadpack.allowAnySHA1InWant', 'true'], at);
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(cwd, path)), { recursive: true });
      await writeFile(join(cwd, path), text);
    }
    await git(['add', '--all'], at);
    await git(
      ['-c', 'user.name=a', '-c', 'user.email=a@b.c', 'commit', '--quiet', '--allow-empty', '-m', 'change'],
      at,
    );
    return git(['rev-parse', 'HEAD'], at);
  };
  const send = (sha: string, event: Partial<WorkflowEvent> = {}): void => {
    eventId += 1;
    service.send({ kind: 'event', event: pushEvent(eventId, sha, event) });
  };
  const finish = async (): Promise<readonly SeenRun[]> => {
    do {
      await delay(5);
      await runner.idle();
    } while (!service.drained);
    const runs = [...service.runs.values()].map((run) => seen(service, run));
    for (const { log } of runs.slice(told)) tellWhenFailed(log);
    told = runs.length;
    return runs;
  };
  return {
    service,
    folder,
    reports,
    get runner() {
      return runner;
    },
    commit,
    send,
    finish,
    run: async (workflow, files = {}, event = {}) => {
      const sha = await commit({ '.github/workflows/w.yml': workflow, ...files });
      send(sha, event);
      const last = (await finish()).at(-1);
      if (last === undefined) throw new Error('the event started no run');
      return last;
    },
    restart: () => {
      runner = start();
      return runner;
    },
    close: async () => {
      await runner.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function seen(service: MemoryService, run: RunRecord): SeenRun {
  const jobs = service.jobsOf(run.id);
  return {
    run,
    jobs: Object.fromEntries(jobs.map((job) => [job.name, job])),
    conclusions: jobs.map((job) => `${job.name}: ${job.conclusion}`),
    log: jobs.map((job) => (service.jobs.get(job.id)?.log ?? '').replaceAll(/^\S+Z /gm, '')).join(''),
  };
}

function pushEvent(id: number, sha: string, change: Partial<WorkflowEvent>): WorkflowEvent {
  return {
    id,
    at: '2026-01-01T00:00:00Z',
    name: 'push',
    repository: {
      id: 1,
      owner: 'acme',
      name: 'app',
      fullName: 'acme/app',
      ownerId: 2,
      private: false,
      defaultBranch: 'main',
    },
    actor: { id: 3, login: 'alice', type: 'User' },
    ref: 'refs/heads/main',
    sha,
    headSha: sha,
    workflowSha: sha,
    payload: { ref: 'refs/heads/main', head_commit: { message: 'change' } },
    fromFork: false,
    pullRequests: [],
    refProtected: false,
    depth: 0,
    ...change,
  };
}

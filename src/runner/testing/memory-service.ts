import { existsSync } from 'node:fs';
import { git, runGit } from '../../git/git.ts';
import type { RepositoryRef, RunnerCommand, WorkflowEvent } from '../../protocol/event.ts';
import type { Annotation, GrantRequest, JobGrant, JobRecord, NewJob, NewRun, RunRecord } from '../../protocol/run.ts';
import type { RunService } from '../../protocol/run-service.ts';

interface Kept {
  job: JobRecord;
  log: string;
  annotations: Annotation[];
  summary: string;
  environmentUrl?: string;
}

/** A forge in memory over real git repositories at `<root>/<owner>/<name>`. */
export class MemoryService implements RunService {
  readonly root: string;
  readonly runs = new Map<number, RunRecord>();
  readonly jobs = new Map<number, Kept>();
  readonly grants: GrantRequest[] = [];
  readonly events = new Map<number, WorkflowEvent>();
  secrets: Record<string, string> = {};
  /** `secrets` without the environment's, where they differ. */
  callerSecrets: Record<string, string> | undefined;
  grantFailure: Error | undefined;
  vars: Record<string, string> = {};
  /** Answers for environments by name; others let everybody in. */
  environments: Record<string, Promise<{ entered: true } | { entered: false; reason: string }>> = {};
  readonly #queue: RunnerCommand[] = [];
  #wake: () => void = () => undefined;
  #nextId = 1;

  constructor(root: string) {
    this.root = root;
  }

  send(command: RunnerCommand): void {
    if (command.kind === 'event') this.events.set(command.event.id, command.event);
    this.#queue.push(command);
    this.#wake();
  }

  async *commands(signal: AbortSignal): AsyncIterable<RunnerCommand> {
    signal.addEventListener('abort', () => this.#wake());
    while (!signal.aborted) {
      const next = this.#queue.shift();
      if (next !== undefined) yield next;
      else
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
    }
  }

  /** Nothing waits to be taken. */
  get drained(): boolean {
    return this.#queue.length === 0;
  }

  async workflows(repository: RepositoryRef, sha: string): Promise<readonly { path: string; text: string }[]> {
    const listed = await git(['ls-tree', '-r', '--name-only', sha, '.github/workflows'], this.#at(repository.fullName));
    const paths = listed.split('\n').filter((path) => /\.ya?ml$/.test(path));
    return Promise.all(
      paths.map(async (path) => ({ path, text: (await this.readFile(repository.fullName, sha, path)) ?? '' })),
    );
  }

  async readFile(fullName: string, ref: string, path: string): Promise<string | undefined> {
    if (!existsSync(`${this.root}/${fullName}`)) return undefined;
    const { code, stdout } = await runGit(['show', `${ref}:${path}`], { ...this.#at(fullName), accept: [128] });
    return code === 0 ? stdout.toString() : undefined;
  }

  async resolve(fullName: string, ref: string): Promise<string | undefined> {
    try {
      return await git(['rev-parse', '--verify', '--quiet', `${ref}^{commit}`], this.#at(fullName));
    } catch {
      return undefined;
    }
  }

  async export(fullName: string, sha: string, folder: string): Promise<void> {
    // An index of its own: two jobs may want the same repository at once.
    const at = { ...this.#at(fullName), env: { GIT_INDEX_FILE: `${folder}.index` } };
    await git([`--work-tree=${folder}`, 'checkout', sha, '--', '.'], at);
  }

  async changedFiles(): Promise<readonly string[]> {
    return [];
  }

  async openRuns(eventId: number, runs: readonly NewRun[]): Promise<readonly RunRecord[]> {
    const event = this.events.get(eventId);
    if (event === undefined) throw new Error(`no event ${eventId}`);
    return runs.map((run) => {
      const record: RunRecord = {
        id: this.#id(),
        number: this.runs.size + 1,
        attempt: 1,
        repository: event.repository,
        workflowId: 1,
        workflowName: run.workflowName,
        path: run.path,
        title: run.title,
        event: event.name,
        eventId,
        ref: event.ref,
        sha: event.sha,
        headSha: event.headSha,
        headBranch: 'main',
        actor: event.actor,
        triggeringActor: event.actor,
        status: run.startupFailure === undefined ? 'queued' : 'completed',
        conclusion: run.startupFailure === undefined ? null : 'startup_failure',
        createdAt: event.at,
        startedAt: null,
        updatedAt: event.at,
      };
      this.runs.set(record.id, record);
      return record;
    });
  }

  async unfinished(): Promise<readonly { run: RunRecord; event: WorkflowEvent; jobs: readonly JobRecord[] }[]> {
    return [...this.runs.values()].flatMap((run) => {
      const event = this.events.get(run.eventId);
      return run.status === 'completed' || event === undefined ? [] : [{ run, event, jobs: this.jobsOf(run.id) }];
    });
  }

  async setRun(runId: number, change: Partial<RunRecord>): Promise<void> {
    const run = this.runs.get(runId);
    if (run !== undefined) this.runs.set(runId, { ...run, ...change });
  }

  async openJobs(runId: number, jobs: readonly NewJob[]): Promise<readonly JobRecord[]> {
    const attempt = this.runs.get(runId)?.attempt ?? 1;
    return jobs.map((job) => {
      const record: JobRecord = {
        id: this.#id(),
        runId,
        attempt,
        name: job.name,
        jobId: job.jobId,
        labels: job.labels,
        status: job.conclusion === undefined ? 'queued' : 'completed',
        conclusion: job.conclusion ?? null,
        createdAt: '',
        startedAt: null,
        completedAt: null,
        steps: [],
        runnerName: null,
        outputs: {},
      };
      this.jobs.set(record.id, { job: record, log: '', annotations: [], summary: '' });
      return record;
    });
  }

  async previousJobs(runId: number): Promise<readonly JobRecord[]> {
    const attempt = (this.runs.get(runId)?.attempt ?? 1) - 1;
    return this.jobsOf(runId, attempt);
  }

  async setJob(jobId: number, change: Parameters<RunService['setJob']>[1]): Promise<void> {
    const kept = this.jobs.get(jobId);
    if (kept === undefined) return;
    const { annotations, summary, environmentUrl, ...fields } = change;
    kept.job = { ...kept.job, ...fields };
    kept.annotations.push(...(annotations ?? []));
    kept.summary += summary ?? '';
    if (environmentUrl !== undefined) kept.environmentUrl = environmentUrl;
  }

  log(jobId: number, text: string): void {
    const kept = this.jobs.get(jobId);
    if (kept !== undefined) kept.log += text;
  }

  async enterEnvironment(
    _jobId: number,
    environment: { name: string },
    signal: AbortSignal,
  ): Promise<{ entered: true } | { entered: false; reason: string }> {
    const aborted = new Promise<{ entered: false; reason: string }>((resolve) => {
      signal.addEventListener('abort', () => resolve({ entered: false, reason: 'aborted' }));
    });
    return Promise.race([this.environments[environment.name] ?? { entered: true as const }, aborted]);
  }

  async grant(request: GrantRequest): Promise<JobGrant> {
    this.grants.push(request);
    if (this.grantFailure !== undefined) throw this.grantFailure;
    return {
      token: `ghs_token${request.jobId}of16chars`,
      permissions: request.permissions ?? { contents: 'read' },
      secrets: this.secrets,
      ...(this.callerSecrets === undefined ? {} : { callerSecrets: this.callerSecrets }),
      variables: this.vars,
    };
  }

  async variables(): Promise<Readonly<Record<string, string>>> {
    return this.vars;
  }

  jobsOf(runId: number, attempt = this.runs.get(runId)?.attempt ?? 1): readonly JobRecord[] {
    return [...this.jobs.values()]
      .map((kept) => kept.job)
      .filter((job) => job.runId === runId && job.attempt === attempt);
  }

  #at(fullName: string): { cwd: string; isolated: true } {
    return { cwd: `${this.root}/${fullName}`, isolated: true };
  }

  #id(): number {
    this.#nextId += 1;
    return this.#nextId;
  }
}

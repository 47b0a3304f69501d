import { isMap, isScalar, parseDocument } from 'yaml';
import { TrunklineError } from '../errors.ts';
import type { WorkflowEvent } from '../protocol/event.ts';
import type { RunService } from '../protocol/run-service.ts';
import type { Workflow } from '../workflow/model.ts';
import { likelyPayload, releaseTag, usualAction } from './event-payload.ts';

export interface Selection {
  /** Only this file: `.github/workflows/x.yml`; all of them unless given. */
  readonly workflow?: string;
  /** Only this job, and those that it needs. */
  readonly job?: string;
  /** What workflows see as `github.event_name`. */
  readonly event: string;
  /** The event of the forge that stands for it. */
  readonly cause: string;
  /** The activity type that workflows see, where the event has them. */
  readonly action?: string;
  /** The commit whose workflow files count, whatever the event. */
  readonly head: string;
  /** The selected workflow, for the payload of events that the forge does not raise. */
  readonly parsed?: Workflow;
  /** Laid over `github.event`. */
  readonly payload: Readonly<Record<string, unknown>>;
  /** Beside the forge's own; they are kept nowhere. */
  readonly secrets: Readonly<Record<string, string>>;
}

/** A run service that lets one event start the selected workflow, and nothing else start anything. */
export function onlyWorkflow(service: RunService, selected: () => Selection): RunService {
  return {
    ...bound(service),
    async *commands(signal) {
      for await (const command of service.commands(signal)) {
        const selection = selected();
        if (command.kind !== 'event') yield command;
        else if (command.event.name !== selection.cause) await service.openRuns(command.event.id, []);
        else yield { kind: 'event', event: dressed(command.event, selection) };
      }
    },
    workflows: async (repository) => {
      const selection = selected();
      const files = await service.workflows(repository, selection.head);
      const { job, workflow } = selection;
      // The others stay: the one that is selected may call them.
      return files.map((file) =>
        job !== undefined && (workflow === undefined || file.path === workflow)
          ? { ...file, text: onlyJob(file.text, job) }
          : file,
      );
    },
    grant: async (request) => {
      const grant = await service.grant(request);
      return { ...grant, secrets: { ...grant.secrets, ...selected().secrets } };
    },
  };
}

/** The event as the workflow asked for sees it. */
function dressed(raised: WorkflowEvent, selection: Selection): WorkflowEvent {
  const { event: name, cause, action, parsed, payload: given } = selection;
  const own = name === cause ? raised.payload : likelyPayload(name, raised, parsed);
  const type = action === undefined || usualAction[name] === undefined ? {} : { action };
  const payload = { ...own, ...type, ...given };
  return {
    ...raised,
    name,
    payload,
    ...type,
    ...(selection.workflow === undefined ? {} : { workflow: selection.workflow }),
    ...(name === 'release' ? { ref: `refs/tags/${releaseTag(payload)}` } : {}),
  };
}

/** The methods of a service, however it was made, so that some can be put in others' place. */
function bound(service: RunService): RunService {
  return {
    commands: (signal) => service.commands(signal),
    workflows: (repository, sha) => service.workflows(repository, sha),
    readFile: (name, ref, path) => service.readFile(name, ref, path),
    resolve: (name, ref) => service.resolve(name, ref),
    export: (name, sha, folder) => service.export(name, sha, folder),
    changedFiles: (event) => service.changedFiles(event),
    openRuns: (eventId, runs) => service.openRuns(eventId, runs),
    unfinished: () => service.unfinished(),
    setRun: (runId, change) => service.setRun(runId, change),
    openJobs: (runId, jobs) => service.openJobs(runId, jobs),
    previousJobs: (runId) => service.previousJobs(runId),
    setJob: (jobId, change) => service.setJob(jobId, change),
    log: (jobId, text) => service.log(jobId, text),
    enterEnvironment: (jobId, environment, signal) => service.enterEnvironment(jobId, environment, signal),
    grant: (request) => service.grant(request),
    variables: (repository) => service.variables(repository),
  };
}

/** The workflow without the jobs that this one does not need; their lines are left empty, so that all others keep theirs. */
export function onlyJob(text: string, job: string): string {
  const jobs = parseDocument(text).get('jobs', true);
  if (!isMap(jobs)) return text;
  const needs = new Map<string, readonly string[]>();
  for (const { key, value } of jobs.items) {
    const wanted: unknown = isMap(value) ? value.toJSON()?.needs : undefined;
    needs.set(nameOf(key), [wanted ?? []].flat().map(String));
  }
  if (!needs.has(job)) {
    throw new TrunklineError('NOT_FOUND', `expected a job "${job}", found ${[...needs.keys()].join(', ')}`);
  }
  const kept = new Set<string>();
  const keep = (name: string): void => {
    if (kept.has(name)) return;
    kept.add(name);
    for (const needed of needs.get(name) ?? []) keep(needed);
  };
  keep(job);
  let result = text;
  for (const { key, value } of jobs.items) {
    const start = isScalar(key) ? key.range?.[0] : undefined;
    const end = (value as { range?: readonly number[] | null } | null)?.range?.[2];
    if (kept.has(nameOf(key)) || start === undefined || end === undefined) continue;
    result = result.slice(0, start) + result.slice(start, end).replace(/[^\r\n]/g, ' ') + result.slice(end);
  }
  return result;
}

function nameOf(key: unknown): string {
  return isScalar(key) ? String(key.value) : String(key);
}

import { parseDocument } from 'yaml';
import { TrunklineError } from '../errors.ts';
import type { Report } from '../protocol/report.ts';
import type { Conclusion } from '../protocol/run.ts';
import type { Workflow } from '../workflow/model.ts';
import { parseWorkflow } from '../workflow/parse-workflow.ts';
import { causeEvent, causeOf } from './cause-event.ts';
import { events, usualAction } from './event-payload.ts';
import { type Lab, type LabOptions, openLab } from './lab.ts';
import { onlyJob, onlyWorkflow, type Selection } from './only-workflow.ts';
import { pushSource } from './push-source.ts';
import type { SourceRepository } from './scenarios/source-repository.ts';

export interface WorkflowRequest {
  /** A path, or a file's name in .github/workflows; all workflows unless given. */
  readonly workflow?: string;
  readonly event?: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly inputs: Readonly<Record<string, string>>;
  readonly secrets: Readonly<Record<string, string>>;
  readonly job?: string;
}

export interface WorkflowResult {
  readonly runs: readonly { readonly name: string; readonly conclusion: Conclusion | null }[];
  /** What was done otherwise than asked, or than somebody may expect. */
  readonly notes: readonly string[];
  /** Logs of jobs that failed. */
  readonly failures: readonly { readonly job: string; readonly log: string }[];
}

/**
 * Mirrors what is committed in a repository into a temporary lab, lets the event happen there, and waits for the end.
 * @throws NOT_FOUND for a workflow or job that is not there, WORKFLOW_INVALID for what GitHub would refuse
 */
export async function runWorkflow(
  source: SourceRepository,
  request: WorkflowRequest,
  options: LabOptions,
  watch: (report: Report) => void,
  interrupted: AbortSignal,
): Promise<WorkflowResult> {
  const workflow = await chosenFile(source, request);
  const event = request.event ?? (await eventOf(source, workflow?.path));
  let selection = await select(source, request, event, workflow);
  const lab = await openLab({ ...options, service: (service) => onlyWorkflow(service, () => selection) });
  try {
    const result = watchRuns(lab, watch);
    const commits = await pushSource(source, lab.folder);
    selection = { ...selection, head: commits.head };
    await causeEvent(lab, { source, commits }, selection, request.inputs);
    await Promise.race([lab.idle(), aborted(interrupted)]);
    if (!interrupted.aborted && result.runs().length === 0) {
      throw new TrunklineError(
        'NOT_FOUND',
        `expected a workflow that runs on ${happened(selection, source)}, found none`,
        {
          hint: 'name another event with --event, or its activity type in the JSON of --event-file',
        },
      );
    }
    return { runs: result.runs(), failures: result.failures(), notes: [...lab.notes, ...commits.notes] };
  } finally {
    await lab.close();
  }
}

/** What is let happen, and to whom. @throws INPUT_INVALID for an event that starts no workflow */
async function select(
  source: SourceRepository,
  request: WorkflowRequest,
  event: string,
  chosen: ChosenFile | undefined,
): Promise<Selection> {
  if (!events.includes(event)) {
    throw new TrunklineError('INPUT_INVALID', `expected an event that starts workflows, found "${event}"`, {
      hint:
        event === 'workflow_call'
          ? 'run the workflow that calls it; a called workflow has no event of its own'
          : `one of ${events.join(', ')}`,
    });
  }
  // A button belongs to one workflow: without -W it is the only one that has one.
  const file = event === 'workflow_dispatch' ? (chosen ?? (await onlyButton(source))) : chosen;
  const { payload } = request;
  const action =
    typeof payload['action'] === 'string'
      ? payload['action']
      : (file?.workflow?.on.events[event]?.types?.[0] ?? usualAction[event]);
  return {
    event,
    cause: causeOf(event),
    head: source.head,
    payload,
    secrets: request.secrets,
    ...(action === undefined ? {} : { action }),
    ...(file === undefined ? {} : { workflow: file.path }),
    ...(file?.workflow === undefined ? {} : { parsed: file.workflow }),
    ...(request.job === undefined ? {} : { job: request.job }),
  };
}

function happened(selection: Selection, source: SourceRepository): string {
  const type = selection.action === undefined ? '' : ` (${selection.action})`;
  return `${selection.event}${type} at ${source.branch}`;
}

async function onlyButton(source: SourceRepository): Promise<ChosenFile> {
  const buttons: ChosenFile[] = [];
  for (const path of workflowFiles(source)) {
    const { workflow } = parseWorkflow({ path, text: (await source.read(path)) ?? '' });
    if (workflow?.on.workflowDispatch !== undefined) buttons.push({ path, workflow });
  }
  const [first, ...others] = buttons;
  if (first !== undefined && others.length === 0) return first;
  throw new TrunklineError(
    'INPUT_INVALID',
    `expected one workflow with workflow_dispatch, found ${buttons.map(({ path }) => path).join(', ') || 'none'}`,
    { hint: 'name the workflow with -W' },
  );
}

interface ChosenFile {
  readonly path: string;
  readonly workflow: Workflow | undefined;
}

function workflowFiles(source: SourceRepository): readonly string[] {
  return source.files.filter((path) => /^\.github\/workflows\/[^/]+\.ya?ml$/.test(path));
}

async function chosenFile(source: SourceRepository, request: WorkflowRequest): Promise<ChosenFile | undefined> {
  const all = workflowFiles(source);
  const { workflow } = request;
  const found = all.find((path) => path === workflow?.replace(/^\.\//, '') || path === `.github/workflows/${workflow}`);
  if (all.length === 0 || (workflow !== undefined && found === undefined)) {
    const there = all.length === 0 ? 'none' : all.join(', ');
    throw new TrunklineError(
      'NOT_FOUND',
      `expected ${workflow ?? 'a workflow'} among the committed files, found ${there}`,
      {
        hint: 'workflows are .yml files in .github/workflows, and only what is committed counts',
      },
    );
  }
  const texts = new Map<string, string>();
  for (const path of all) texts.set(path, (await source.read(path)) ?? '');
  let chosen: ChosenFile | undefined;
  for (const path of found === undefined ? all : [found]) {
    const text = texts.get(path) ?? '';
    const parsed = parseWorkflow({ path, text }, { readCalled: (reference) => texts.get(reference) });
    const [first, ...rest] = parsed.problems;
    if (first !== undefined && (parsed.workflow === undefined || found !== undefined))
      throw TrunklineError.of([first, ...rest]);
    if (request.job !== undefined && found !== undefined) onlyJob(text, request.job);
    if (found !== undefined) chosen = { path, workflow: parsed.workflow };
  }
  return chosen;
}

/** `push` where the workflow takes it, or the first event that it names. */
async function eventOf(source: SourceRepository, workflow: string | undefined): Promise<string> {
  if (workflow === undefined) return 'push';
  const on: unknown = (parseDocument((await source.read(workflow)) ?? '').toJSON() as { on?: unknown } | null)?.on;
  const names = typeof on === 'string' ? [on] : Array.isArray(on) ? on.map(String) : Object.keys(on ?? {});
  return names.includes('push') ? 'push' : (names[0] ?? 'push');
}

/** Lines of a failed job that are shown. */
const tail = 500;

function watchRuns(lab: Lab, watch: (report: Report) => void) {
  const runs = new Map<number, { name: string; conclusion: Conclusion | null }>();
  const logs = new Map<number, string[]>();
  const failed = new Map<number, string>();
  const refused = new Map<number, { job: string; log: string }>();
  /** The last lines of each job; taken off many at a time, for a job may print millions. */
  const keep = (job: number, line: string): void => {
    const lines = logs.get(job) ?? [];
    lines.push(line);
    if (lines.length > 2 * tail) lines.splice(0, lines.length - tail);
    logs.set(job, lines);
  };
  lab.onReport((report) => {
    watch(report);
    if (report.kind === 'run') {
      runs.set(report.run.id, { name: report.run.workflowName, conclusion: report.run.conclusion });
      if (report.message !== undefined)
        refused.set(report.run.id, { job: report.run.workflowName, log: report.message });
    } else if (report.kind === 'line') {
      keep(report.job.id, report.text);
    } else if (report.kind === 'job' && report.job.conclusion === 'failure') {
      failed.set(report.job.id, `${report.run.workflowName} › ${report.job.name}`);
    }
  });
  return {
    runs: () => [...runs.values()],
    failures: () => [
      ...refused.values(),
      ...[...failed].map(([id, job]) => ({ job, log: (logs.get(id) ?? []).slice(-tail).join('\n') })),
    ],
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

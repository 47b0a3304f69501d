import { formatProblem } from '../errors.ts';
import type { WorkflowEvent } from '../protocol/event.ts';
import type { NewRun } from '../protocol/run.ts';
import type { RunService, SourceFile } from '../protocol/run-service.ts';
import { matchEvent } from '../workflow/match-event.ts';
import type { Workflow } from '../workflow/model.ts';
import { parseWorkflow } from '../workflow/parse-workflow.ts';
import { skipsWorkflows } from '../workflow/skips-workflows.ts';
import type { Parse } from './parsed-workflows.ts';

/** A run that an event starts, and what it will carry out; no workflow where GitHub refuses the file. */
export interface PlannedRun {
  readonly newRun: NewRun;
  readonly workflow: Workflow | undefined;
}

/** Which workflows an event starts, in the order of their paths. */
export async function planEvent(
  service: Pick<RunService, 'workflows' | 'changedFiles' | 'readFile'>,
  event: WorkflowEvent,
  parse: Parse = parseWorkflow,
): Promise<readonly PlannedRun[]> {
  if (skipsWorkflows(event)) return [];
  const files = await service.workflows(event.repository, event.workflowSha);
  const wanted = files.filter((file) => event.workflow === undefined || file.path === event.workflow);
  const known = new Map(files.map((file) => [file.path, file.text]));
  const parsed = await Promise.all(
    wanted.map(async (file) => ({ file, ...(await parseCalling(service, event, file, known, parse)) })),
  );
  // The changed files cost a git process: they are read only where a path filter asks.
  const filtered = event.diff !== undefined && wanted.some((file) => /\bpaths(?:-ignore)?\b/.test(file.text));
  const changed = filtered ? await service.changedFiles(event) : [];
  return parsed.flatMap(({ file, workflow, problems }): readonly PlannedRun[] => {
    if (workflow === undefined || problems.length > 0) {
      // GitHub cannot tell what a refused file would have listened to: each push shows it as failed.
      if (event.name !== 'push' && event.workflow !== file.path) return [];
      return [
        {
          newRun: { ...names(file, undefined, event), startupFailure: problems.map(formatProblem).join('\n') },
          workflow: undefined,
        },
      ];
    }
    return matchEvent(workflow, event, changed) ? [{ newRun: names(file, workflow, event), workflow }] : [];
  });
}

/** Parses a workflow with all that it calls; workflows of other repositories are read as the parser asks for them. */
async function parseCalling(
  service: Pick<RunService, 'readFile'>,
  event: WorkflowEvent,
  file: SourceFile,
  known: Map<string, string | undefined>,
  parse: Parse,
): Promise<ReturnType<Parse>> {
  const { tokenDefault } = event.repository;
  const missing = new Set<string>();
  const readCalled = (reference: string): string | undefined => {
    if (reference.includes('@') && !known.has(reference)) missing.add(reference);
    return known.get(reference);
  };
  const parsed = parse(file, { readCalled, ...(tokenDefault === undefined ? {} : { tokenDefault }) });
  for (const reference of missing) {
    const [, repository, path, ref] = /^([^/@]+\/[^/@]+)\/([^@]+)@(.+)$/.exec(reference) ?? [];
    const found = repository !== undefined && path !== undefined && ref !== undefined;
    known.set(reference, found ? await service.readFile(repository, ref, path) : undefined);
  }
  return missing.size === 0 ? parsed : parseCalling(service, event, file, known, parse);
}

/** The workflow's name, and the title where `run-name` says none. */
function names(file: SourceFile, workflow: Workflow | undefined, event: WorkflowEvent): NewRun {
  const workflowName = workflow?.name === undefined || workflow.name === '' ? file.path : workflow.name;
  return { path: file.path, workflowName, title: defaultTitle(event, workflowName) };
}

/** What GitHub shows without `run-name`: the commit's subject, or the pull request's or issue's title. */
export function defaultTitle(event: WorkflowEvent, workflowName: string): string {
  const text = (...path: readonly string[]): string | undefined => {
    const found = path.reduce<unknown>(
      (value, key) =>
        typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined,
      event.payload,
    );
    return typeof found === 'string' && found !== '' ? found : undefined;
  };
  const subject = text('head_commit', 'message')?.split('\n', 1)[0];
  const title =
    text('pull_request', 'title') ??
    subject ??
    text('issue', 'title') ??
    text('release', 'name') ??
    text('workflow_run', 'display_title');
  if (event.name === 'repository_dispatch') return text('action') ?? workflowName;
  return event.name === 'workflow_dispatch' || event.name === 'schedule' ? workflowName : (title ?? workflowName);
}

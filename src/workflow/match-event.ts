import { included } from './filter-pattern.ts';
import type { EventFilter, Workflow } from './model.ts';

/** What of an event decides whether a workflow starts. */
export interface EventFacts {
  readonly name: string;
  readonly action?: string;
  readonly ref: string;
  readonly baseRef?: string;
  readonly headMessage?: string;
  /** Absent where path filters do not apply. */
  readonly diff?: unknown;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** Activity types that start a workflow which names none; for all other events each does. */
const defaultTypes: Readonly<Record<string, readonly string[]>> = {
  pull_request: ['opened', 'synchronize', 'reopened'],
  pull_request_target: ['opened', 'synchronize', 'reopened'],
};

/**
 * Whether an event starts a workflow (docs.github.com, "Events that trigger workflows").
 * @param changedFiles paths that differ; looked at by path filters only
 * @throws WORKFLOW_INVALID for a filter pattern that cannot be read
 */
export function matchEvent(
  workflow: Pick<Workflow, 'on'>,
  event: EventFacts,
  changedFiles: readonly string[] | (() => readonly string[]),
): boolean {
  const filter = Object.hasOwn(workflow.on.events, event.name) ? workflow.on.events[event.name] : undefined;
  if (filter === undefined || !matchesType(filter, event)) return false;
  switch (event.name) {
    case 'push':
      return matchesRef(filter, event.ref) && matchesPaths(filter, event, changedFiles);
    case 'pull_request':
    case 'pull_request_target':
      return matchesBranch(filter, event.baseRef ?? '') && matchesPaths(filter, event, changedFiles);
    case 'workflow_run':
      return matchesWorkflowRun(filter, event);
    case 'merge_group':
      return matchesBranch(filter, event.baseRef ?? event.ref.replace(/^refs\/heads\//, ''));
    default:
      return true;
  }
}

function matchesType(filter: EventFilter, event: EventFacts): boolean {
  const types = filter.types ?? defaultTypes[event.name];
  return types === undefined || event.action === undefined || types.includes(event.action);
}

/** A push to a tag is not filtered by branches, but starts nothing where only branches are filtered, and the reverse. */
function matchesRef(filter: EventFilter, ref: string): boolean {
  const branches = filter.branches !== undefined || filter.branchesIgnore !== undefined;
  const tags = filter.tags !== undefined || filter.tagsIgnore !== undefined;
  if (ref.startsWith('refs/tags/')) {
    if (!tags) return !branches;
    return passes(filter.tags, filter.tagsIgnore, ref.slice('refs/tags/'.length));
  }
  if (!branches) return !tags;
  return matchesBranch(filter, ref.replace(/^refs\/heads\//, ''));
}

function matchesBranch(filter: EventFilter, branch: string): boolean {
  return passes(filter.branches, filter.branchesIgnore, branch);
}

function passes(wanted: readonly string[] | undefined, ignored: readonly string[] | undefined, text: string): boolean {
  if (wanted !== undefined) return included(wanted, text);
  return ignored === undefined || !included(ignored, text);
}

function matchesPaths(
  filter: EventFilter,
  event: EventFacts,
  changedFiles: readonly string[] | (() => readonly string[]),
): boolean {
  const { paths, pathsIgnore } = filter;
  if (paths === undefined && pathsIgnore === undefined) return true;
  // Tags have no paths, and without two commits to compare GitHub runs the workflow.
  if (event.ref.startsWith('refs/tags/') || event.diff === undefined) return true;
  const files = typeof changedFiles === 'function' ? changedFiles() : changedFiles;
  return files.some((file) => passes(paths, pathsIgnore, file));
}

function matchesWorkflowRun(filter: EventFilter, event: EventFacts): boolean {
  const run = event.payload['workflow_run'];
  const text = (key: string): string => {
    const value = typeof run === 'object' && run !== null ? (run as Record<string, unknown>)[key] : undefined;
    return typeof value === 'string' ? value : '';
  };
  return (filter.workflows ?? []).includes(text('name')) && matchesBranch(filter, text('head_branch'));
}

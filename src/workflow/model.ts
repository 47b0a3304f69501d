import type { Location } from '../errors.ts';
import type { Template } from '../expression/template.ts';
import type { Permissions } from '../model/job-permissions.ts';

/** A workflow file as GitHub reads it. Whatever may hold an expression is a template. */
export interface Workflow {
  /** `.github/workflows/x.yml` */
  readonly path: string;
  readonly name?: string;
  readonly runName?: Template;
  readonly on: Triggers;
  /** Absent: the repository's default. An empty one grants nothing. */
  readonly permissions?: Permissions;
  readonly env?: Template;
  readonly defaults?: RunDefaults;
  readonly concurrency?: Concurrency;
  /** In the order of the file. */
  readonly jobs: readonly Job[];
  /** Refs that comments name beside actions pinned to a commit: `uses: a/b@<sha> # v1.2.3`, by `uses`. */
  readonly pins?: Readonly<Record<string, readonly string[]>>;
}

export type { Access, Permissions } from '../model/job-permissions.ts';

export interface RunDefaults {
  readonly shell?: Template;
  readonly workingDirectory?: Template;
}

export interface Concurrency {
  readonly group: Template;
  readonly cancelInProgress?: Template;
  /** `single` (default): a newer request displaces one that waits. `max`: all wait. */
  readonly queue?: 'single' | 'max';
  readonly at: Location;
}

/** `on:`, by event; the two with inputs of their own also in full. */
export interface Triggers {
  readonly events: Readonly<Record<string, EventFilter>>;
  readonly schedule: readonly Schedule[];
  readonly workflowDispatch?: { readonly inputs: Readonly<Record<string, InputDefinition>> };
  readonly workflowCall?: WorkflowCall;
}

/** What of an event starts the workflow. Absent lists filter nothing. */
export interface EventFilter {
  readonly types?: readonly string[];
  readonly branches?: readonly string[];
  readonly branchesIgnore?: readonly string[];
  readonly tags?: readonly string[];
  readonly tagsIgnore?: readonly string[];
  readonly paths?: readonly string[];
  readonly pathsIgnore?: readonly string[];
  /** Names of workflows (workflow_run). */
  readonly workflows?: readonly string[];
}

export interface Schedule {
  readonly cron: string;
  readonly timezone?: string;
}

export interface InputDefinition {
  readonly type: 'string' | 'boolean' | 'number' | 'choice' | 'environment';
  readonly required: boolean;
  readonly description?: string;
  readonly default?: Template;
  readonly options?: readonly string[];
}

export interface WorkflowCall {
  readonly inputs: Readonly<Record<string, InputDefinition>>;
  readonly secrets: Readonly<Record<string, { readonly required: boolean }>>;
  readonly outputs: Readonly<Record<string, { readonly value: Template }>>;
}

/** One that runs steps, or (with `uses`) one that calls a workflow. */
export interface Job {
  readonly id: string;
  readonly at: Location;
  readonly name?: Template;
  /** Always there, with `success() &&` where no status function is called. */
  readonly if: Template;
  readonly needs: readonly string[];
  readonly permissions?: Permissions;
  readonly strategy?: Strategy;
  readonly concurrency?: Concurrency;
  /** `./.github/workflows/x.yml` or `owner/repo/.github/workflows/x.yml@ref` */
  readonly uses?: string;
  readonly with?: Template;
  readonly secrets?: Template | 'inherit';
  readonly runsOn?: Template;
  readonly environment?: EnvironmentRef;
  readonly env?: Template;
  readonly defaults?: RunDefaults;
  readonly outputs?: Template;
  readonly continueOnError?: Template;
  readonly timeoutMinutes?: Template;
  readonly cancelTimeoutMinutes?: Template;
  readonly container?: Template;
  readonly services?: Template;
  readonly snapshot?: Template;
  readonly steps: readonly Step[];
}

export interface Strategy {
  readonly matrix?: Template;
  readonly failFast?: Template;
  readonly maxParallel?: Template;
}

export interface EnvironmentRef {
  readonly name: Template;
  readonly url?: Template;
  /** False: no deployment record. */
  readonly deployment?: boolean;
}

/** A `run` or a `uses` step, or one that waits for background steps or ends them. */
export interface Step {
  /** The file's, or generated as GitHub does: `__run`, `__actions_checkout_2`. */
  readonly id: string;
  readonly at: Location;
  readonly name?: Template;
  /** Always there, with `success() &&` where no status function is called. */
  readonly if: Template;
  readonly uses?: string;
  readonly with?: Template;
  readonly run?: Template;
  readonly shell?: Template;
  readonly workingDirectory?: Template;
  readonly env?: Template;
  readonly continueOnError?: Template;
  readonly timeoutMinutes?: Template;
  /** The steps after it do not wait for it. Each step of a `parallel` group is one, and a `wait` for them follows. */
  readonly background?: true;
  readonly control?: StepControl;
}

/** What a step does with background steps; `steps` are ids. */
export type StepControl =
  | { readonly kind: 'wait' | 'cancel'; readonly steps: readonly string[] }
  | { readonly kind: 'wait-all' };

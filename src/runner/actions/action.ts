import type { RepositoryRef } from '../../protocol/event.ts';
import type { Conclusion, Fidelity } from '../../protocol/run.ts';
import type { Programs } from '../process/programs.ts';

/** What an action that the lab carries out by itself is given; all texts are evaluated. */
export interface ActionCall {
  /** `owner/repo[/path]@ref` */
  readonly uses: string;
  /** By lower-case name, as the workflow gives them; see `input` for those that were left out. */
  readonly inputs: Readonly<Record<string, string>>;
  /** The step's whole environment, GITHUB_* and RUNNER_* included. */
  readonly env: Readonly<Record<string, string>>;
  /** GITHUB_WORKSPACE */
  readonly workspace: string;
  /** RUNNER_TEMP */
  readonly temp: string;
  /** The `github` context, `token` and `event` included. */
  readonly github: Readonly<Record<string, unknown>>;
  readonly repository: RepositoryRef;
  /** The job's id; unique in the lab. */
  readonly jobId: number;
  readonly signal: AbortSignal;
  /**
   * Where the forge answers without TLS, if it does: `http://127.0.0.1:4000`. Git as below `github.server_url`, REST
   * under /api/v3, artifacts and caches as at ACTIONS_RESULTS_URL.
   */
  readonly directGit?: string | undefined;
  /** Starts programs without a fork of the lab itself, where it is given. */
  readonly programs?: Programs | undefined;
  /** Kept from `run` to `post`. */
  readonly state: Map<string, string>;
  /** A line of the job's log; workflow commands in it (`::error::…`) count. */
  log(line: string): void;
  setOutput(name: string, value: string): void;
  addMask(value: string): void;
  /** For this job's later steps, as GITHUB_ENV. */
  exportEnv(name: string, value: string): void;
  addPath(folder: string): void;
  /** Markdown for the job's summary. */
  addSummary(markdown: string): void;
}

export interface ActionResult {
  readonly conclusion: Extract<Conclusion, 'success' | 'failure'>;
  /** Where it depends on the run what the step was: `real` when a program of this machine did what the action does. */
  readonly fidelity?: Exclude<Fidelity, 'skipped'>;
  /** Beside those given to `setOutput`. */
  readonly outputs?: Readonly<Record<string, string>>;
  /** Runs at the job's end, last in first out, also after failure and cancellation. */
  readonly post?: (call: ActionCall) => Promise<void>;
  /** `success`: only where the job went well, as `post-if: success()`. */
  readonly postWhen?: 'success';
}

/**
 * An action served by name instead of its published code. `built-in`: does what the action does;
 * `stand-in`: a labelled imitation. A throw fails the step with the error's message.
 */
export interface BuiltInAction {
  /** `owner/repo` or `owner/repo/path`, lower case, without a ref. */
  readonly name: string;
  readonly fidelity: 'built-in' | 'stand-in';
  /** Its result says how real it was, and it says so in the log by itself. */
  readonly fidelityVaries?: true;
  run(call: ActionCall): Promise<ActionResult>;
}

/** A built-in action that is a program of the package and runs in a process of its own, as any JavaScript action does. */
export interface BuiltInProgram {
  /** As of a `BuiltInAction`. */
  readonly name: string;
  /** Its action.yml. */
  readonly definition: string;
  /** Holds its `main`. @throws ACTION_NOT_FOUND where the package was not built */
  folder(): string;
}

/** A place where published actions are found, besides the forge. */
export interface ActionSource {
  /** For messages. */
  readonly label: string;
  /** Writes `owner/repo` at the ref into the empty folder; answers the commit, or undefined where it has none. */
  fetch(repository: string, ref: string, folder: string): Promise<string | undefined>;
  /** The commit of a branch or tag; undefined where it has no such ref, or no history to know by. */
  resolve?(repository: string, ref: string): Promise<string | undefined>;
}

/** An input's text, or the default; the empty string when neither is there. */
export function input(call: ActionCall, name: string, otherwise = ''): string {
  const value = call.inputs[name.toLowerCase()];
  return value === undefined || value === '' ? otherwise : value;
}

/** As `core.getBooleanInput`. @throws Error for anything but YAML 1.2's true and false */
export function booleanInput(call: ActionCall, name: string, otherwise: boolean): boolean {
  const value = input(call, name, String(otherwise));
  if (/^(?:true|True|TRUE)$/.test(value)) return true;
  if (/^(?:false|False|FALSE)$/.test(value)) return false;
  throw new Error(`Input "${name}" must be true or false, found "${value}"`);
}

/** The major version that a step names, for what an action does otherwise since; a branch or commit counts as newest. */
export function majorOf(call: Pick<ActionCall, 'uses'>): number {
  const major = /@v?(\d{1,3})(?:\.|$)/.exec(call.uses)?.[1];
  return major === undefined ? Number.POSITIVE_INFINITY : Number(major);
}

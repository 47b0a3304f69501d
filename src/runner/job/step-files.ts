import { randomUUID } from 'node:crypto';
import { closeSync, lstatSync, openSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseFileCommands, summaryLimit } from '../../github/file-commands.ts';
import type { CommandEffects } from './command-reader.ts';
import type { JobLog } from './job-log.ts';

/** GITHUB_OUTPUT and its kin, for one step. */
export interface StepFiles {
  /** Keys of the `github` context: output, env, path, state, step_summary. */
  readonly context: Readonly<Record<(typeof stepFileKinds)[number], string>>;
}

/** Keys of the `github` context, each the path of a file. */
export const stepFileKinds = ['output', 'env', 'path', 'state', 'step_summary'] as const;
const prefixes = {
  output: 'set_output_',
  env: 'set_env_',
  path: 'add_path_',
  state: 'save_state_',
  step_summary: 'step_summary_',
};

/**
 * Makes the files of each step. To make and remove five files costs more than the shell that starts: what a step left
 * empty gets the next step's name. All at once and synchronous: a job does nothing else meanwhile.
 */
export class StepFileMaker {
  readonly #folder: string;
  #spare: string[] = [];

  constructor(folder: string) {
    this.#folder = folder;
  }

  make(): StepFiles {
    const id = randomUUID();
    const entries = stepFileKinds.map((kind) => [kind, join(this.#folder, `${prefixes[kind]}${id}`)] as const);
    for (const [, path] of entries) {
      if (!this.#rename(path)) closeSync(openSync(path, 'wx', 0o600));
    }
    return { context: Object.fromEntries(entries) as StepFiles['context'] };
  }

  /** Whether a spare file became this one. */
  #rename(path: string): boolean {
    const spare = this.#spare.pop();
    if (spare === undefined) return false;
    // What an earlier step left running may have written to it since.
    if (isEmptyFile(spare)) {
      renameSync(spare, path);
      return true;
    }
    rmSync(spare, { recursive: true, force: true });
    return false;
  }

  release(files: StepFiles): void {
    for (const path of Object.values(files.context)) {
      if (isEmptyFile(path)) this.#spare.push(path);
      else rmSync(path, { force: true, recursive: true });
    }
  }
}

function isEmptyFile(path: string): boolean {
  const found = lstatSync(path, { throwIfNoEntry: false });
  return found?.isFile() === true && found.size === 0;
}

/** Carries out what the step wrote to its files. A file that cannot be read fails the step, with GitHub's message. */
export function applyStepFiles(
  files: StepFiles,
  effects: CommandEffects & { addSummary(markdown: string): void },
  log: JobLog,
): void {
  const each = (kind: (typeof stepFileKinds)[number], apply: (text: string) => void): void => {
    const path = files.context[kind];
    try {
      const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
      if (size === 0) return;
      if (kind === 'step_summary' && size > summaryLimit) {
        log.error(tooLarge(size));
        return;
      }
      apply(readFileSync(path, 'utf8').replace(/^\uFEFF/, ''));
    } catch (error) {
      log.error(`Unable to process file command '${kind}' successfully.`);
      log.error(error instanceof Error ? error.message : String(error));
      effects.fail();
    }
  };
  each('path', (text) => {
    for (const line of text.split(/\r?\n/)) if (line !== '') effects.addPath(line);
  });
  each('env', (text) => {
    for (const [name, value] of parseFileCommands(text)) {
      if (name.toUpperCase() === 'NODE_OPTIONS') {
        log.error(`Can't store NODE_OPTIONS output parameter using '$GITHUB_ENV' command.`);
      } else {
        effects.setEnv(name, value);
      }
    }
  });
  each('state', (text) => {
    for (const [name, value] of parseFileCommands(text)) effects.saveState(name, value);
  });
  each('output', (text) => {
    for (const [name, value] of parseFileCommands(text)) effects.setOutput(name, value);
  });
  each('step_summary', (text) => effects.addSummary(text));
}

function tooLarge(size: number): string {
  return `$GITHUB_STEP_SUMMARY upload aborted, supports content up to a size of ${summaryLimit / 1024}k, got ${Math.floor(size / 1024)}k. For more information see: https://docs.github.com/actions/using-workflows/workflow-commands-for-github-actions#adding-a-markdown-summary`;
}

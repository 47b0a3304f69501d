import { readFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { commandNames, parseCommand, type WorkflowCommand } from '../../github/workflow-commands.ts';
import type { Annotation } from '../../protocol/run.ts';
import type { JobLog } from './job-log.ts';
import type { ProblemMatchers } from './problem-matchers.ts';

/** What a step's commands may change. */
export interface CommandEffects {
  setOutput(name: string, value: string): void;
  saveState(name: string, value: string): void;
  setEnv(name: string, value: string): void;
  addPath(folder: string): void;
  addMask(value: string): void;
  /** A command that could not be carried out fails its step. */
  fail(): void;
}

export interface CommandReaderOptions {
  readonly log: JobLog;
  readonly effects: CommandEffects;
  readonly workspace: string;
  /** A path that a command names, as this machine has it; for steps that run in a container. */
  readonly hostPath?: (path: string) => string;
  /** The job's; `add-matcher` is passed over without them. */
  readonly matchers?: ProblemMatchers;
  /** The step's `env` context, for the two switches that allow unsafe commands. */
  readonly env: Readonly<Record<string, string>>;
}

const omitEcho = new Set(['add-mask', 'debug', 'echo', 'error', 'warning', 'notice', 'group', 'endgroup']);

/**
 * Reads a step's output: workflow commands are carried out, all else goes to the log. The rules and words are those of
 * actions/runner's ActionCommandManager.cs.
 */
export class CommandReader {
  readonly #options: CommandReaderOptions;
  #stopToken: string | undefined;
  #echo: boolean;

  constructor(options: CommandReaderOptions) {
    this.#options = options;
    this.#echo = options.log.debugShown;
  }

  lines(lines: readonly string[]): void {
    let plain: string[] = [];
    for (const line of lines) {
      const command = line.includes('::') || line.includes('##[') ? this.#command(line) : undefined;
      const problem = command === undefined ? this.#options.matchers?.match(line, this.#options.hostPath) : undefined;
      if (command === undefined && problem === undefined) {
        plain.push(line);
        continue;
      }
      if (plain.length > 0) this.#options.log.lines(plain);
      plain = [];
      if (command !== undefined) this.#process(command, line);
      else if (problem !== undefined) this.#options.log.problem(problem.annotation, problem.line);
    }
    if (plain.length > 0) this.#options.log.lines(plain);
  }

  /** Undefined for output, and for commands while they are stopped. */
  #command(line: string): WorkflowCommand | undefined {
    const token = this.#stopToken;
    const command = parseCommand(line, (name) => commandNames.has(name) || name === token);
    return token === undefined || command?.name === token ? command : undefined;
  }

  #process(command: WorkflowCommand, line: string): void {
    const { log, effects } = this.#options;
    if (command.name === this.#stopToken) {
      log.line(line);
      this.#stopToken = undefined;
      return;
    }
    try {
      if (this.#echo && !omitEcho.has(command.name)) log.line(line);
      this.#carryOut(command, line);
    } catch (error) {
      log.error(`Unable to process command '${omitEcho.has(command.name) ? command.name : line}' successfully.`);
      log.error(error instanceof Error ? error.message : String(error));
      effects.fail();
    }
  }

  #carryOut(command: WorkflowCommand, line: string): void {
    const { log, effects } = this.#options;
    const name = command.properties.get('name') ?? '';
    switch (command.name) {
      case 'stop-commands':
        this.#stop(command.data);
        log.line(line);
        return;
      case 'add-mask':
        if (command.data.trim() === '') {
          log.warning("Can't add secret mask for empty string in ##[add-mask] command.");
          return;
        }
        if (this.#echo) log.line('::add-mask::***');
        effects.addMask(command.data);
        return;
      case 'debug':
        log.debug(command.data);
        return;
      case 'echo':
        this.#setEcho(command.data);
        return;
      case 'error':
        log.error(command.data, this.#place(command));
        return;
      case 'warning':
        log.warning(command.data, this.#place(command));
        return;
      case 'notice':
        log.notice(command.data, this.#place(command));
        return;
      case 'group':
        log.line(`##[group]${command.data}`);
        return;
      case 'endgroup':
        log.line('##[endgroup]');
        return;
      case 'set-output':
        effects.setOutput(required(name, 'set-output'), command.data);
        log.warning(deprecated('set-output'));
        return;
      case 'save-state':
        effects.saveState(required(name, 'save-state'), command.data);
        log.warning(deprecated('save-state'));
        return;
      case 'set-env':
        this.#requireUnsafe('set-env');
        if (required(name, 'set-env').toUpperCase() === 'NODE_OPTIONS') {
          log.error("Can't update NODE_OPTIONS environment variable using ::set-env:: command.");
        } else {
          effects.setEnv(name, command.data);
        }
        return;
      case 'add-path':
        this.#requireUnsafe('add-path');
        effects.addPath(command.data);
        return;
      case 'add-matcher':
        if (command.data === '') log.warning('File path must be specified.');
        else this.#options.matchers?.add(this.#read(command.data));
        return;
      case 'remove-matcher':
        this.#removeMatcher(command.properties.get('owner') ?? '', command.data);
        return;
      default:
        log.debug(`${command.name} is not used here`);
    }
  }

  #read(file: string): string {
    return readFileSync(resolve(this.#options.workspace, this.#onHost(file)), 'utf8');
  }

  #removeMatcher(owner: string, file: string): void {
    const { log, matchers } = this.#options;
    if (owner !== '' && file !== '') {
      log.warning(
        'Either specify an owner name or a file path in ##[remove-matcher] command. Both values cannot be set.',
      );
    } else if (owner === '' && file === '') {
      log.warning('Either an owner name or a file path must be specified in ##[remove-matcher] command.');
    } else if (owner !== '') {
      matchers?.remove(owner);
    } else {
      matchers?.removeAll(this.#read(file));
    }
  }

  #setEcho(data: string): void {
    const word = data.trim().toLowerCase();
    if (word !== 'on' && word !== 'off')
      throw new Error(`Invalid echo command value. Possible values can be: 'on', 'off'. Current value is: '${data}'.`);
    this.#echo = word === 'on';
  }

  #stop(token: string): void {
    const lower = token.toLowerCase();
    const unsafe = lower === '' || lower === 'pause-logging' || commandNames.has(lower);
    if (unsafe && !/^(?:1|\$?true)$/i.test(this.#options.env['ACTIONS_ALLOW_UNSECURE_STOPCOMMAND_TOKENS'] ?? '')) {
      throw new Error(unsafeStopToken);
    }
    this.#stopToken = lower;
    if (token.length > 6) this.#options.effects.addMask(token);
  }

  #requireUnsafe(command: string): void {
    if (this.#options.env['ACTIONS_ALLOW_UNSECURE_COMMANDS']?.toLowerCase() === 'true') return;
    throw new Error(
      `The \`${command}\` command is disabled. Please upgrade to using Environment Files or opt into unsecure command execution by setting the \`ACTIONS_ALLOW_UNSECURE_COMMANDS\` environment variable to \`true\`. For more information see: https://github.blog/changelog/2020-10-01-github-actions-deprecating-set-env-and-add-path-commands/`,
    );
  }

  #place(command: WorkflowCommand): Omit<Annotation, 'level' | 'message'> {
    const { properties } = command;
    const file = properties.get('file');
    const title = properties.get('title');
    const lines = position(properties);
    return {
      ...(file === undefined || file === '' ? {} : { path: this.#relative(file) }),
      ...(title === undefined ? {} : { title }),
      ...lines,
    };
  }

  #relative(given: string): string {
    const file = this.#onHost(given);
    if (!file.startsWith('/')) return file;
    const path = relative(this.#options.workspace, file);
    return path.startsWith('..') ? file : path;
  }

  #onHost(file: string): string {
    return this.#options.hostPath?.(file) ?? file;
  }
}

/**
 * Lines and columns as GitHub corrects them (ActionCommandManager.cs, ValidateLinesAndColumns): columns count only
 * within one line, an end alone is the start too, and what ends before it starts is left out whole.
 */
function position(
  properties: ReadonlyMap<string, string>,
): Pick<Annotation, 'startLine' | 'endLine' | 'startColumn' | 'endColumn'> {
  const number = (key: string): number | undefined => {
    const text = properties.get(key);
    return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
  };
  const endLine = number('endline');
  const startLine = number('line') ?? endLine;
  const endColumn = number('endcolumn');
  const startColumn = number('col') ?? endColumn;
  const oneLine = startLine !== undefined && (endLine === undefined || endLine === startLine);
  const lines = span(startLine, endLine);
  const columns = oneLine ? span(startColumn, endColumn) : undefined;
  return {
    ...(lines === undefined ? {} : { startLine: lines.start }),
    ...(lines?.end === undefined ? {} : { endLine: lines.end }),
    ...(columns === undefined ? {} : { startColumn: columns.start }),
    ...(columns?.end === undefined ? {} : { endColumn: columns.end }),
  };
}

function span(
  start: number | undefined,
  end: number | undefined,
): { readonly start: number; readonly end: number | undefined } | undefined {
  return start === undefined || (end !== undefined && end < start) ? undefined : { start, end };
}

function required(name: string, command: string): string {
  if (name === '') throw new Error(`Required field 'name' is missing in ##[${command}] command.`);
  return name;
}

const deprecated = (command: string): string =>
  `The \`${command}\` command is deprecated and will be disabled soon. Please upgrade to using Environment Files. For more information see: https://github.blog/changelog/2022-10-11-github-actions-deprecating-save-state-and-set-output-commands/`;

const unsafeStopToken =
  "You cannot use a endToken that is an empty string, the string 'pause-logging', or another workflow command. For more information see: https://docs.github.com/actions/learn-github-actions/workflow-commands-for-github-actions#example-stopping-and-starting-workflow-commands or opt into insecure command execution by setting the `ACTIONS_ALLOW_UNSECURE_STOPCOMMAND_TOKENS` environment variable to `true`.";

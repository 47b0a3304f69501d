import { randomUUID } from 'node:crypto';
import { statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { evaluateText } from './evaluation.ts';
import type { Handled, StepCall } from './run-step.ts';
import { shellCommand } from './shell.ts';
import { standInsUsed } from './stand-in-programs.ts';
import { runStepProcess, stepEnvironment } from './step-process.ts';

/** A `run:` step. */
export async function runScript(call: StepCall): Promise<Handled> {
  const { session, scope, step, evaluation } = call;
  const { log, folders } = session;
  const script = evaluateText(step.run, evaluation) ?? '';
  const shell = evaluateText(step.shell, evaluation) ?? scope.defaults.shell;
  const folder = evaluateText(step.workingDirectory, evaluation) ?? scope.defaults.workingDirectory ?? '';
  const cwd = resolve(folders.workspace, folder);
  const path = stepEnvironment(session, call.env)['PATH'] ?? '';
  const file = join(folders.temp, randomUUID());
  const command = await shellCommand(
    shell === '' ? undefined : shell,
    script,
    (extension) => `${file}${extension}`,
    path,
    session.inContainer !== undefined,
  );
  log.line(`##[group]Run ${script.trimStart().split('\n', 1)[0] ?? ''}`);
  log.lines(script.replace(/\n$/, '').split('\n'));
  log.line(`shell: ${command.display}`);
  logEnvironment(call);
  log.line('##[endgroup]');
  if (statSync(cwd, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new Error(
      `An error occurred trying to start process '${command.file}' with working directory '${cwd}'. No such file or directory`,
    );
  }
  const replaced = session.inContainer === undefined ? await session.replaceScript?.(script, call.env) : undefined;
  if (replaced !== undefined) {
    log.line(replaced.said);
    session.path.push(replaced.path);
    return { success: true, fidelity: replaced.fidelity };
  }
  writeFileSync(`${file}${command.extension}`, command.script, { mode: 0o600 });
  const { exitCode, failed } = await runStepProcess({
    session,
    scope,
    context: call.context,
    state: new Map(),
    env: call.env,
    extraEnv: {},
    action: call.id,
    file: command.file,
    args: command.args,
    cwd,
    signal: call.signal,
    files: call.files,
  });
  if (exitCode !== 0 && !call.signal.aborted) log.error(`Process completed with exit code ${exitCode}.`);
  const fidelity = standInsUsed(session.folders).length === 0 ? 'real' : 'stand-in';
  return { success: exitCode === 0 && !failed, fidelity };
}

/** `env:` and its values, as the log shows them before a step. */
export function logEnvironment(call: StepCall): void {
  const entries = Object.entries(call.env);
  if (entries.length === 0) return;
  call.session.log.line('env:');
  for (const [name, value] of entries) call.session.log.line(`  ${name}: ${value}`);
}

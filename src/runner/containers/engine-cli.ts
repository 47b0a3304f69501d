import { execFile, spawn } from 'node:child_process';
import { runProcess } from '../process/run-process.ts';
import type { ContainerEngine } from './container-engine.ts';

const grace = { interrupt: 3000, terminate: 1000 };

export interface EngineCall {
  readonly cwd: string;
  readonly signal: AbortSignal;
  readonly onLines: (lines: readonly string[]) => void;
}

/** Runs the engine's command line; answers its exit code. */
export async function callEngine(engine: ContainerEngine, args: readonly string[], call: EngineCall): Promise<number> {
  const { exitCode } = await runProcess({
    file: engine.program,
    args,
    cwd: call.cwd,
    env: engine.env,
    onLines: call.onLines,
    signal: call.signal,
    grace,
  });
  return exitCode;
}

/**
 * What it printed, without its warnings, which go beside. @throws Error with the engine's last words
 */
export function askEngine(
  engine: ContainerEngine,
  args: readonly string[],
  { cwd, signal }: Pick<EngineCall, 'cwd' | 'signal'>,
): Promise<readonly string[]> {
  const options = { cwd, signal, env: engine.env, maxBuffer: 16 * 1024 * 1024 };
  return new Promise((resolve, reject) => {
    execFile(engine.program, [...args], options, (error, stdout, stderr) => {
      if (error === null) return resolve(stdout.replace(/\n$/, '').split(/\r?\n/));
      const said = `${stdout}\n${stderr}`.split('\n').filter((line) => line.trim() !== '');
      const how = typeof error.code === 'number' ? `exit code ${error.code}` : error.message;
      reject(new Error(`${engine.name} ${args[0]} failed with ${how}: ${said.at(-1) ?? ''}`, { cause: error }));
    });
  });
}

/** Logs in to a registry; the password goes through standard input, the login into a folder of its own. */
export function loginEngine(
  engine: ContainerEngine,
  login: { readonly registry: string; readonly username: string; readonly password: string; readonly config: string },
): Promise<void> {
  const registry = login.registry === '' ? [] : [login.registry];
  const args =
    engine.name === 'podman'
      ? ['login', '--authfile', `${login.config}/auth.json`, '-u', login.username, '--password-stdin']
      : ['--config', login.config, 'login', '-u', login.username, '--password-stdin'];
  return new Promise((resolve, reject) => {
    const child = spawn(engine.program, [...args, ...registry], {
      env: engine.env,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    child.once('error', reject);
    child.once('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`Docker login for '${login.registry}' failed with exit code ${code}`)),
    );
    child.stdin.on('error', () => undefined);
    child.stdin.end(login.password);
  });
}

import { spawn } from 'node:child_process';
import type { ActionCall } from '../../runner/actions/action.ts';
import type { RunOnHost } from '../image/run-on-host.ts';

/** RUN on this machine, as the user allowed: in a process group that ends with the step. */
export function hostRunner(call: ActionCall): RunOnHost {
  return ({ command, cwd, env }) =>
    new Promise((done, reject) => {
      const [program = '', ...args] = command;
      const child = spawn(program, args, {
        cwd,
        env: { ...call.env, ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
        detached: true,
      });
      const print = (chunk: Buffer): void => {
        for (const line of chunk.toString().trimEnd().split('\n')) call.log(line);
      };
      child.stdout.on('data', print);
      child.stderr.on('data', print);
      const stop = (): void => {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      };
      call.signal.addEventListener('abort', stop, { once: true });
      child.once('error', reject);
      child.once('close', (code) => {
        call.signal.removeEventListener('abort', stop);
        done(code ?? 137);
      });
    });
}

import { githubGrace, runProcess } from '../../process/run-process.ts';
import type { ActionCall } from '../action.ts';
import type { CheckoutSettings } from './checkout-settings.ts';

/** Runs git in the checkout's folder, its command and output in the log; throws when it fails, unless that is accepted. */
export type Git = (
  args: readonly string[],
  options?: {
    readonly accept?: boolean /** Neither its command nor its output is in the log. */;
    readonly unseen?: boolean;
  },
) => Promise<{ code: number; output: string }>;

export function gitIn(settings: CheckoutSettings, call: ActionCall): Git {
  const shown = (text: string): string =>
    settings.direct === undefined ? text : text.replaceAll(settings.direct, settings.server);
  return async (args, options = {}) => {
    if (options.unseen !== true) call.log(`[command]git ${args.filter((_, index) => !isOurs(args, index)).join(' ')}`);
    const output: string[] = [];
    const { exitCode, aborted } = await runProcess({
      file: 'git',
      args,
      cwd: settings.folder,
      env: { ...call.env, GIT_TERMINAL_PROMPT: '0', GCM_INTERACTIVE: 'Never' },
      onLines: (lines) => {
        output.push(...lines);
        if (options.unseen !== true) for (const line of lines) call.log(shown(line));
      },
      signal: call.signal,
      grace: githubGrace,
      ...(call.programs === undefined ? {} : { programs: call.programs }),
    });
    if (aborted) throw new Error('The operation was canceled.');
    if (exitCode !== 0 && options.accept !== true) {
      const command = args.find((arg, index) => !arg.startsWith('-') && args[index - 1] !== '-c') ?? '';
      throw new Error(
        `The process 'git ${command}' failed with exit code ${exitCode}: ${shown(output.slice(-3).join(' '))}`,
      );
    }
    return { code: exitCode, output: output.join('\n') };
  };
}

/** Whether the argument belongs to a setting that the action does not give, which is the lab's own affair. */
function isOurs(args: readonly string[], index: number): boolean {
  const isSetting = (at: number): boolean => args[at - 1] === '-c' && args[at]?.startsWith('protocol.') === false;
  return isSetting(index) || isSetting(index + 1);
}

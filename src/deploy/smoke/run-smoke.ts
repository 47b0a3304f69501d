import type { Output, Ports } from '../../ports.ts';
import { readBody } from '../read-body.ts';
import { runCommand } from '../run-command.ts';
import { type Answer, judgeAnswer } from './judge-answer.ts';
import type { CommandCheck, HttpCheck, SmokeCheck } from './smoke-check.ts';

export interface SmokeResult {
  readonly name: string;
  readonly ok: boolean;
  readonly attempts: number;
  /** Of the last attempt. */
  readonly milliseconds: number;
  /** What was not as expected at the last attempt. */
  readonly differences: readonly string[];
}

type SmokePorts = Pick<Ports, 'fetch' | 'clock' | 'interrupted' | 'cwd' | 'env'>;

/** An answer that takes longer is none. */
const patience = 30_000;
/** A command that takes longer is ended, and not tried again. */
const longest = 5 * 60_000;
/** More of a body is not read. */
const largest = 4 * 1024 * 1024;

/** Carries out every check, one after another, each as often as it may be tried; tells of each when it is done. */
export async function runSmoke(
  checks: readonly SmokeCheck[],
  names: { readonly service: string; readonly environment: string },
  ports: SmokePorts,
  output: Output,
  done: (result: SmokeResult) => void,
): Promise<readonly SmokeResult[]> {
  const results: SmokeResult[] = [];
  for (const check of checks) {
    const result = await tryOften(check, ports, () =>
      'url' in check ? askOnce(check, ports) : commandOnce(check, names, ports, output),
    );
    results.push(result);
    done(result);
    if (ports.interrupted.aborted) break;
  }
  return results;
}

interface Attempt {
  readonly milliseconds: number;
  readonly differences: readonly string[];
  /** Whatever may be tried again. */
  readonly last?: true;
}

async function tryOften(check: SmokeCheck, ports: SmokePorts, once: () => Promise<Attempt>): Promise<SmokeResult> {
  const name = check.name ?? ('url' in check ? `${check.method} ${check.url}` : check.command);
  for (let attempts = 1; ; attempts += 1) {
    const { milliseconds, differences, last } = await once();
    const ok = differences.length === 0;
    if (ok || last === true || attempts > check.retries || ports.interrupted.aborted)
      return { name, ok, attempts, milliseconds, differences };
    await ports.clock.sleep(check.every, ports.interrupted).catch(() => undefined);
  }
}

async function askOnce(check: HttpCheck, ports: SmokePorts): Promise<Attempt> {
  const start = ports.clock.now();
  const since = (): number => ports.clock.now() - start;
  try {
    const response = await ports.fetch(check.url, {
      method: check.method,
      headers: check.headers,
      redirect: 'manual',
      signal: AbortSignal.any([ports.interrupted, AbortSignal.timeout(patience)]),
      ...(check.send === undefined ? {} : { body: check.send }),
    });
    const { text: body, cut } = await readBody(response, largest);
    const headers = new Map([...response.headers].map(([name, value]) => [name.toLowerCase(), value]));
    const answer: Answer = { status: response.status, headers, body, milliseconds: since() };
    const differences = judgeAnswer(check.expect, answer);
    const long =
      cut && differences.length > 0
        ? [`the body is longer than ${largest / 1024 / 1024} MiB, of which no more is read`]
        : [];
    return { milliseconds: answer.milliseconds, differences: [...differences, ...long] };
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? `: ${error.cause.message}` : '';
    const found = error instanceof Error ? `${error.message}${cause}` : String(error);
    return { milliseconds: since(), differences: [`expected an answer, found none (${found})`] };
  }
}

async function commandOnce(
  check: CommandCheck,
  { service, environment }: { readonly service: string; readonly environment: string },
  ports: SmokePorts,
  output: Output,
): Promise<Attempt> {
  const start = ports.clock.now();
  const code = await runCommand({
    command: check.command,
    cwd: ports.cwd,
    env: { ...ports.env, SERVICE: service, ENVIRONMENT: environment },
    output,
    timeout: longest,
    signal: ports.interrupted,
  });
  const milliseconds = ports.clock.now() - start;
  if (code === 'late')
    return { milliseconds, differences: [`expected it to end within ${longest / 60_000} minutes`], last: true };
  return { milliseconds, differences: code === 0 ? [] : [`expected exit code 0, found ${code}`] };
}

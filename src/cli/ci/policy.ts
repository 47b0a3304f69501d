import { type Command, InvalidArgumentError } from 'commander';
import { TrunklineError } from '../../errors.ts';
import { readEventPayload, record } from '../../github/event-payload.ts';
import { appendSummary } from '../../github/job-outputs.ts';
import type { Ports } from '../../ports.ts';
import type { Which } from '../../state/read-judged.ts';
import { deliveryCommand } from '../delivery/options.ts';
import { renderPlan } from '../delivery/render-plan.ts';
import { type CommonOptions, openSession } from '../delivery/session.ts';
import { type JudgedNow, judgePulls } from './judge-pulls.ts';

interface PolicyOptions extends CommonOptions {
  readonly pull?: number;
  readonly all?: boolean;
}

export function policyCommand(ports: Ports): Command {
  return deliveryCommand(
    'policy',
    'judge pull requests and say so in the check "trunkline / policy"',
    'trunkline ci policy --pull 42 --dry-run',
  )
    .option('--pull <number>', 'this one (by default those whose head the event names)', wholeNumber)
    .option('--all', 'every open pull request, as after a push to the default branch')
    .action(async (options: PolicyOptions) => {
      const session = await openSession(ports, options);
      print(ports, options, await judgePulls(ports, session, whichPulls(ports, options), options.dryRun === true));
    });
}

function whichPulls(ports: Ports, options: PolicyOptions): Which {
  if (options.pull !== undefined) return { number: options.pull };
  // What main says of holds, teams and environments counts for pull requests that were judged before it said so.
  const all = options.all === true || ports.env['GITHUB_EVENT_NAME'] === 'push';
  return all ? 'all' : { headOid: headOfEvent(ports) };
}

/** The head that the relay's run was about. @throws INPUT_INVALID */
function headOfEvent(ports: Ports): string {
  const event = readEventPayload(ports.env);
  const sha = record(event['workflow_run'])['head_sha'] ?? record(record(event['pull_request'])['head'])['sha'];
  if (typeof sha === 'string') return sha;
  throw new TrunklineError(
    'INPUT_INVALID',
    'expected an event that names a pull request (workflow_run, pull_request), found none',
    { hint: 'name it: --pull 42' },
  );
}

function wholeNumber(text: string): number {
  if (!/^[1-9][0-9]{0,9}$/.test(text)) throw new InvalidArgumentError('expected the number of a pull request.');
  return Number(text);
}

function print(ports: Ports, options: PolicyOptions, judged: readonly JudgedNow[]): void {
  if (options.json === true) {
    ports.stdout.write(
      `${JSON.stringify(
        judged.map(({ number, judgement }) => ({ pull: number, ...judgement })),
        undefined,
        2,
      )}\n`,
    );
  } else {
    const lines = judged.flatMap(({ number, judgement }) => [
      `#${number}: ${judgement.ok === true ? 'may merge' : 'may not merge'}`,
      ...judgement.verdicts.map((one) => `  ${one.ok ? 'ok' : 'no'}  ${one.gate}: ${one.reason}`),
    ]);
    ports.stdout.write(lines.length === 0 ? 'no open pull request is concerned\n' : `${lines.join('\n')}\n`);
    if (options.dryRun === true)
      ports.stdout.write(renderPlan({ operations: judged.flatMap((one) => one.plan.operations), reasons: [] }));
  }
  const rows = judged.flatMap(({ number, judgement }) =>
    judgement.verdicts.map(
      (one) => `| #${number} | ${one.ok ? '✓' : '✗'} | ${one.gate} | ${one.reason.replaceAll('|', '\\|')} |`,
    ),
  );
  if (rows.length > 0)
    appendSummary(ports, ['| pull request | | gate | reason |', '|---|---|---|---|', ...rows].join('\n'));
}

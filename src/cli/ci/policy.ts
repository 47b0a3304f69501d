import { type Command, InvalidArgumentError } from 'commander';
import { applyPlan } from '../../apply/apply-plan.ts';
import type { Plan } from '../../delivery/plan.ts';
import { type Judgement, judge } from '../../delivery/policy/judge.ts';
import { policyContext } from '../../delivery/policy/policy-status.ts';
import { TrunklineError } from '../../errors.ts';
import type { GitHub } from '../../github/client.ts';
import { readEventPayload, record } from '../../github/event-payload.ts';
import { appendSummary } from '../../github/job-outputs.ts';
import { readRun } from '../../github/run.ts';
import type { Ports } from '../../ports.ts';
import { type FoundPull, type Judged, readJudged, type Which } from '../../state/read-judged.ts';
import { readPolicyFacts } from '../../state/read-policy-facts.ts';
import { deliveryCommand } from '../delivery/options.ts';
import { renderPlan } from '../delivery/render-plan.ts';
import { type CommonOptions, openSession } from '../delivery/session.ts';
import { releaseVerification, type VerifyReleases } from './sign/verification.ts';

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
      const { github, repository } = session;
      const read = await readJudged(github, repository, whichPulls(ports, options), policyContext);
      const verify = await releaseVerification(ports, github, repository, read.config);
      const judged: { number: number; judgement: Judgement; plan: Plan }[] = [];
      for (const pull of read.pulls) {
        const judgement = await judgeOne(github, read, repository, pull, ports.clock.now(), verify);
        const plan = planStatus(pull, judgement, readRun(ports.env).runUrl);
        if (options.dryRun !== true) await applyPlan(plan, session.context);
        judged.push({ number: pull.number, judgement, plan });
      }
      print(ports, options, judged);
    });
}

function whichPulls(ports: Ports, options: PolicyOptions): Which {
  if (options.pull !== undefined) return { number: options.pull };
  // What main says of holds, teams and environments counts for pull requests that were judged before it said so.
  const all = options.all === true || ports.env['GITHUB_EVENT_NAME'] === 'push';
  return all ? 'all' : { headOid: headOfEvent(ports) };
}

async function judgeOne(
  github: GitHub,
  read: Judged,
  repository: string,
  pull: FoundPull,
  now: number,
  verify: VerifyReleases | undefined,
): Promise<Judgement> {
  try {
    return judge(await readPolicyFacts(github, read, repository, pull, now, verify));
  } catch (error) {
    if (!(error instanceof TrunklineError) || !['MANIFEST_INVALID', 'CONFIG_INVALID'].includes(error.code)) throw error;
    // What the pull request did to a file is for its author to read, on the pull request.
    const verdict = { gate: 'files', ok: false, reason: error.message };
    return { ok: false, environments: [], verdicts: [verdict], summary: error.message.slice(0, 140) };
  }
}

/** The status, written only where it says something new: GitHub keeps a thousand for a commit and context. */
function planStatus(pull: FoundPull, judgement: Judgement, url: string | undefined): Plan {
  const waits = judgement.verdicts.every((one) => one.ok || one.waits === true);
  const verdict = judgement.ok ? 'success' : waits ? 'pending' : 'failure';
  const { summary } = judgement;
  if (pull.said?.state === verdict && pull.said.description === summary) return { operations: [], reasons: [] };
  return {
    operations: [
      {
        kind: 'status',
        sha: pull.headOid,
        context: policyContext,
        state: verdict,
        description: summary,
        ...(url === undefined ? {} : { url }),
      },
    ],
    reasons: [],
  };
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

function print(
  ports: Ports,
  options: PolicyOptions,
  judged: readonly { number: number; judgement: Judgement; plan: Plan }[],
): void {
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

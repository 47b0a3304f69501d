import { applyPlan } from '../../apply/apply-plan.ts';
import type { Plan } from '../../delivery/plan.ts';
import { type Judgement, judge } from '../../delivery/policy/judge.ts';
import { TrunklineError } from '../../errors.ts';
import type { GitHub } from '../../github/client.ts';
import { readRun } from '../../github/run.ts';
import { policyContext } from '../../model/policy-context.ts';
import type { Ports } from '../../ports.ts';
import { type FoundPull, type Judged, readJudged, type Which } from '../../state/read-judged.ts';
import { readPolicyFacts } from '../../state/read-policy-facts.ts';
import type { Session } from '../delivery/session.ts';
import { releaseVerification, type VerifyReleases } from './sign/verification.ts';

export interface JudgedNow {
  readonly number: number;
  readonly judgement: Judgement;
  readonly plan: Plan;
}

/** Judges pull requests and says so in their check, where that is news. */
export async function judgePulls(
  ports: Ports,
  { github, repository, context }: Session,
  which: Which,
  dryRun: boolean,
): Promise<readonly JudgedNow[]> {
  const read = await readJudged(github, repository, which, policyContext);
  const verify = await releaseVerification(ports, github, repository, read.config);
  const judged: JudgedNow[] = [];
  for (const pull of read.pulls) {
    const judgement = await judgeOne(github, read, repository, pull, ports.clock.now(), verify);
    const plan = planStatus(pull, judgement, readRun(ports.env).runUrl);
    if (!dryRun) await applyPlan(plan, context);
    judged.push({ number: pull.number, judgement, plan });
  }
  return judged;
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

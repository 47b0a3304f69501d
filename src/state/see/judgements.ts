import { type Judgement, judge } from '../../delivery/policy/judge.ts';
import { TrunklineError } from '../../errors.ts';
import type { GitHub } from '../../github/client.ts';
import { policyContext } from '../../model/policy-context.ts';
import { type FoundPull, type Judged, readJudged } from '../read-judged.ts';
import { readPolicyFacts } from '../read-policy-facts.ts';

/** Judged one by one, two requests each and more: beyond so many the check's own words have to do. */
export const mostJudged = 20;

/**
 * What the policy says now of open pull requests, by number, whatever its check said last. One that the policy cannot
 * be asked about (a permission is missing) is left out, and why is noted.
 */
export async function readJudgements(
  github: GitHub,
  repository: string,
  { numbers, open }: { readonly numbers: readonly number[]; readonly open: number },
  now: number,
  notes: string[],
): Promise<ReadonlyMap<number, Judgement>> {
  const found = new Map<number, Judgement>();
  if (numbers.length === 0) return found;
  if (numbers.length > mostJudged)
    notes.push(`${numbers.length} pull requests are open: the policy is asked about the newest ${mostJudged}`);
  try {
    for (const { read, pull } of await readNewest(github, repository, numbers.slice(0, mostJudged), open)) {
      const judgement = await judgeOne(pull.number, notes, async () =>
        judge(await readPolicyFacts(github, read, repository, pull, now)),
      );
      if (judgement !== undefined) found.set(pull.number, judgement);
    }
  } catch (error) {
    if (!(error instanceof TrunklineError)) throw error;
    notes.push(
      `the policy's verdict is not known: ${error.message}${error.hint === undefined ? '' : ` (${error.hint})`}`,
    );
  }
  return found;
}

/** All that are open in one query, where one answer holds them; else one by one. */
async function readNewest(github: GitHub, repository: string, numbers: readonly number[], open: number) {
  if (open <= 50) {
    const read = await readJudged(github, repository, 'all', policyContext);
    return read.pulls.filter((one) => numbers.includes(one.number)).map((pull) => ({ read, pull }));
  }
  const found: { read: Judged; pull: FoundPull }[] = [];
  for (const number of numbers) {
    const read = await readJudged(github, repository, { number }, policyContext);
    found.push(...read.pulls.map((pull) => ({ read, pull })));
  }
  return found;
}

/** What one pull request did to a file keeps nobody from hearing of the others. */
async function judgeOne(
  number: number,
  notes: string[],
  read: () => Promise<Judgement>,
): Promise<Judgement | undefined> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof TrunklineError) || !['MANIFEST_INVALID', 'CONFIG_INVALID'].includes(error.code)) throw error;
    notes.push(`#${number} cannot be judged: ${error.message}`);
    return undefined;
  }
}

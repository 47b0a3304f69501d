import { brokenBatches, planFallApart } from '../../delivery/broken-batches.ts';
import { joinPlans } from '../../delivery/change.ts';
import { gatherBumps } from '../../delivery/gather-bumps.ts';
import type { Plan, Request } from '../../delivery/plan.ts';
import type { Standing } from '../../delivery/standing.ts';
import type { OpenBatch, State } from '../../delivery/state.ts';
import type { GitHub } from '../../github/client.ts';
import { readStandings } from '../../state/read-standings.ts';

/**
 * A plan of bumps with what batches make of it: those that cannot be merged fall apart, what is left of them and what is
 * new goes together where an environment is busy; what was red goes by itself.
 */
export async function withBatches(github: GitHub, state: State, plan: Plan, request: Request): Promise<Plan> {
  if (state.batches === undefined) return plan;
  const apart = async (batch: OpenBatch, under: Plan): Promise<Plan> =>
    planFallApart(state, batch, await standingsIn(github, state, batch), under, request);
  const broken = brokenBatches(state);
  let all = plan;
  for (const batch of broken.filter((one) => one.checks !== 'red')) all = joinPlans([all, await apart(batch, all)]);
  let gathered = gatherBumps(state, all, request);
  for (const batch of broken.filter((one) => one.checks === 'red'))
    gathered = joinPlans([gathered, await apart(batch, all)]);
  const left = state.batches.left.map((one) => ({ kind: 'delete-branch', ...one }) as const);
  return joinPlans([gathered, { operations: left, reasons: [] }]);
}

/** How what a batch brings stands to its environment, by service. */
async function standingsIn(
  github: GitHub,
  state: State,
  { bumps, environment }: OpenBatch,
): Promise<ReadonlyMap<string, Standing>> {
  const standings = new Map<string, Standing>();
  for (const one of bumps) {
    const standing = (await readStandings(github, state, one)).get(environment);
    if (standing !== undefined) standings.set(one.service, standing);
  }
  return standings;
}

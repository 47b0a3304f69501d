import { type BumpOutcome, planBumpInto } from './bump.ts';
import { activeHold, describeHold, joinPlans, parseBranch } from './change.ts';
import type { Plan, Request } from './plan.ts';
import type { Standing } from './standing.ts';
import type { OpenBatch, State } from './state.ts';

/** Why a batch cannot be merged as it is; undefined where it may. */
export function brokenBecause(state: State, { pull, environment, bumps, checks }: OpenBatch): string | undefined {
  const held = bumps.map((one) => activeHold(state, one.service, environment)).find((one) => one !== undefined);
  if (held !== undefined) return `${held.service === '*' ? 'every service' : held.service} is ${describeHold(held)}`;
  if (pull.mergeable === 'CONFLICTING') return `it conflicts with ${state.defaultBranch}`;
  return checks === 'red' ? 'its checks failed' : undefined;
}

export function brokenBatches(state: State): readonly OpenBatch[] {
  return (state.batches?.open ?? []).filter((one) => brokenBecause(state, one) !== undefined);
}

/**
 * Takes a batch apart: each of its services gets a pull request of its own, unless something newer is there or on its
 * way by `under`; one that is held waits in the open. `standings` by service.
 */
export function planFallApart(
  state: State,
  batch: OpenBatch,
  standings: ReadonlyMap<string, Standing>,
  under: Plan,
  request: Request,
): Plan {
  const environment = state.config.environments.find((one) => one.name === batch.environment);
  const because = brokenBecause(state, batch);
  if (environment === undefined || because === undefined) return { operations: [], reasons: [] };
  const onItsWay = new Set(
    under.operations.flatMap((one) => {
      const parsed = one.kind === 'open' || one.kind === 'update' ? parseBranch(one.branch) : undefined;
      return parsed?.kind === 'bump' && parsed.place === environment.name ? [parsed.service] : [];
    }),
  );
  const outcomes = batch.bumps
    .filter((one) => !onItsWay.has(one.service))
    .map(
      (one): BumpOutcome =>
        planBumpInto(state, one, environment, standings.get(one.service), request, { behindHold: true }),
    );
  const plan = joinPlans(outcomes);
  const by = plan.operations.flatMap((one) => (one.kind === 'open' ? [one.branch] : []));
  return {
    operations: [
      ...plan.operations,
      {
        kind: 'close',
        pull: batch.pull,
        branch: batch.pull.branch,
        because: `Falls apart: ${because}. Each service has a pull request of its own.`,
        by,
      },
    ],
    reasons: [`#${batch.pull.number} falls apart: ${because}`, ...plan.reasons],
  };
}

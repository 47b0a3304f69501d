import { readPin } from '../manifest/manifest.ts';
import { isDigest } from '../model/digest.ts';
import { parseSource } from '../model/release.ts';
import { parseTrailers, trailers } from '../model/trailer.ts';
import { activeHold, joinPlans, parseBranch, planChange } from './change.ts';
import type { Plan } from './plan.ts';
import { dueIn } from './policy/policy-status.ts';
import type { JudgedState, State } from './state.ts';

/** Pull requests that nobody has judged yet, or of which the time has come to be judged again. */
export function dueForJudgement(state: Pick<State, 'judged' | 'now'>): readonly JudgedState[] {
  return (state.judged ?? []).filter(({ policy }) => {
    if (policy === undefined) return true;
    const due = dueIn(policy.description);
    return due !== undefined && !(due > state.now);
  });
}

/**
 * Bumps and promotions that conflict with what was merged since, put on top of it: the same release for the same
 * environment, asked for by the same person.
 */
export function planRenewals(state: State): Plan {
  const plans = state.pulls.flatMap((pull): Plan[] => {
    const parsed = parseBranch(pull.branch);
    if (pull.mergeable !== 'CONFLICTING' || parsed === undefined) return [];
    const environment = state.config.environments.find((one) => one.name === parsed.place);
    const said = parseTrailers(pull.body);
    const digest = said.get(trailers.digest) ?? '';
    const kind = parsed.kind === 'bump' ? 'bump' : parsed.kind === 'promote' ? 'promotion' : undefined;
    if (kind === undefined || environment === undefined || !isDigest(digest))
      return [{ operations: [], reasons: [`#${pull.number} conflicts with ${state.defaultBranch}: ask for it again`] }];
    if (activeHold(state, parsed.service, environment.name) !== undefined) return [];
    const pin = readPin(state.config, state.files, parsed.service, environment.name);
    const source = parseSource(said.get(trailers.source) ?? '');
    const run = said.get(trailers.run);
    return [
      planChange(
        state,
        {
          kind,
          service: parsed.service,
          environment,
          digest,
          previous: pin?.digest,
          image: pin?.image,
          source,
          merge: pull.armed ? 'auto' : 'manual',
        },
        { requester: said.get(trailers.requestedBy) ?? '', ...(run === undefined ? {} : { run }) },
      ),
    ];
  });
  return joinPlans(plans);
}

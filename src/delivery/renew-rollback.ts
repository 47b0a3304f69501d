import { readPin } from '../manifest/manifest.ts';
import { isDigest } from '../model/digest.ts';
import { parseSource } from '../model/release.ts';
import { parseTrailers, trailers } from '../model/trailer.ts';
import { planApart } from './apart.ts';
import { joinPlans, parseBranch, planChange } from './change.ts';
import { addHold } from './hold.ts';
import { short } from './in-words.ts';
import type { Plan } from './plan.ts';
import type { OpenPull, State } from './state.ts';

/** Whether GitHub has not said yet if a rollback conflicts: it finds out some seconds after the base moved. */
export function rollbackUndecided({ pulls }: State): boolean {
  return pulls.some((pull) => pull.mergeable === 'UNKNOWN' && isRollback(pull));
}

/**
 * Rollbacks that conflict with what was merged since, put on the base as it is: two of one moment both add a hold to one
 * file, and the second way back must not wait for anybody.
 */
export function planRollbackRenewals(state: State): Plan {
  const conflicting = state.pulls.filter((pull) => pull.mergeable === 'CONFLICTING' && isRollback(pull));
  return joinPlans(conflicting.map((pull) => planApart(() => renewRollback(state, pull))));
}

function isRollback({ branch }: OpenPull): boolean {
  return parseBranch(branch)?.kind === 'rollback';
}

function renewRollback(state: State, pull: OpenPull): Plan {
  const { place = '', service = '' } = parseBranch(pull.branch) ?? {};
  const environment = state.config.environments.find(({ name }) => name === place);
  const said = parseTrailers(pull.body);
  const digest = said.get(trailers.digest) ?? '';
  const pin = environment === undefined ? undefined : readPin(state.config, state.files, service, environment.name);
  const because = `#${pull.number} conflicts with ${state.defaultBranch}`;
  // Where something else is pinned by now, nobody wanted to go back from that.
  if (environment === undefined || !isDigest(digest) || pin?.digest !== said.get(trailers.previous))
    return { operations: [], reasons: [`${because}, which pins ${short(pin?.digest)}: ask for it again`] };
  const [requester, reason] = [said.get(trailers.requestedBy) ?? '', said.get(trailers.reason) ?? ''];
  const [run, holdUntil, exception] = [trailers.run, trailers.holdUntil, trailers.exception].map((name) =>
    said.get(name),
  );
  const held = said.get(trailers.hold) !== undefined;
  const until = holdUntil === undefined ? undefined : Date.parse(holdUntil);
  const plan = planChange(
    state,
    {
      kind: 'rollback',
      service,
      environment,
      digest,
      previous: pin?.digest,
      image: pin?.image,
      source: parseSource(said.get(trailers.source) ?? ''),
      reason,
      holdUntil,
      files: held ? [addHold(state, { service, environment: place, reason, until, requester })] : [],
      trailers: [
        ...(held ? [[trailers.hold, 'yes'] as const] : []),
        ...(exception === undefined ? [] : [[trailers.exception, exception] as const]),
      ],
      merge: 'auto',
    },
    { requester, ...(run === undefined ? {} : { run }) },
  );
  // What was opened beside it since is left alone.
  return { operations: plan.operations.filter(({ kind }) => kind === 'update'), reasons: plan.reasons.slice(0, 1) };
}

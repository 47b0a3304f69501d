import { readPin } from '../manifest/manifest.ts';
import { type Digest, isDigest } from '../model/digest.ts';
import { parseSource, type Source } from '../model/release.ts';
import { parseTrailers, trailers } from '../model/trailer.ts';
import { planApart } from './apart.ts';
import { batchRequest } from './batch-body.ts';
import { brokenBecause } from './broken-batches.ts';
import { joinPlans, parseBranch, planChange } from './change.ts';
import { isMarkedHeld, unmarkHeld } from './held-mark.ts';
import { isStopped } from './hold.ts';
import { short } from './in-words.ts';
import type { Operation, Plan } from './plan.ts';
import { dueIn } from './policy/policy-status.ts';
import { planRollbackRenewals } from './renew-rollback.ts';
import type { Standing } from './standing.ts';
import type { JudgedState, OpenPull, State } from './state.ts';

/** Pull requests that nobody has judged yet, or of which the time has come to be judged again. */
export function dueForJudgement(state: Pick<State, 'judged' | 'now'>): readonly JudgedState[] {
  return (state.judged ?? []).filter(({ policy }) => {
    if (policy === undefined) return true;
    const due = dueIn(policy.description);
    return due !== undefined && !(due > state.now);
  });
}

/** A pull request of ours that does not go on by itself. */
export interface Renewable {
  readonly number: number;
  readonly pull: OpenPull;
  readonly environment: string;
  readonly service: string;
  /** The release that a bump brings: it may be older than what is pinned by now. */
  readonly bump?: { readonly service: string; readonly digest: Digest; readonly source?: Source };
}

/** Those that conflict with what was merged since, and those that waited behind a hold which is over. */
export function renewable(state: State): readonly Renewable[] {
  return state.pulls.flatMap((pull): Renewable[] => {
    const parsed = parseBranch(pull.branch);
    if (parsed === undefined || (pull.mergeable !== 'CONFLICTING' && (pull.armed || !isMarkedHeld(pull.body))))
      return [];
    const { service, place: environment, kind } = parsed;
    if (kind === 'rollback') return [];
    // Promotions into a group are armed by promoting again.
    const single = state.config.environments.some((one) => one.name === environment);
    if (pull.mergeable !== 'CONFLICTING' && (!single || !['bump', 'promote'].includes(kind))) return [];
    if (isStopped(state, service, environment)) return [];
    const said = parseTrailers(pull.body);
    const digest = said.get(trailers.digest) ?? '';
    const source = parseSource(said.get(trailers.source) ?? '');
    const bump =
      kind === 'bump' && isDigest(digest)
        ? { service, digest, ...(source === undefined ? {} : { source }) }
        : undefined;
    return [{ number: pull.number, pull, environment, service, ...(bump === undefined ? {} : { bump }) }];
  });
}

/**
 * Bumps and promotions that do not go on by themselves, put on the base as it is and armed again: the same release for
 * the same environment, asked for by the same person. A bump that is older than what is pinned by now is closed. Rollbacks
 * that conflict likewise.
 */
export function planRenewals(state: State, standings: ReadonlyMap<number, Standing>): Plan {
  const plans = renewable(state).map((one) => planApart(() => planRenewal(state, one, standings.get(one.number))));
  return joinPlans([...plans, planRollbackRenewals(state), ...batchesToArm(state)]);
}

function planRenewal(state: State, one: Renewable, standing: Standing | undefined): Plan {
  const { pull, service } = one;
  const environment = state.config.environments.find(({ name }) => name === one.environment);
  const said = parseTrailers(pull.body);
  const digest = said.get(trailers.digest) ?? '';
  const kind = one.bump !== undefined ? 'bump' : pull.branch.includes('/promote/') ? 'promotion' : undefined;
  if (kind === undefined || environment === undefined || !isDigest(digest))
    return { operations: [], reasons: [`#${pull.number} conflicts with ${state.defaultBranch}: ask for it again`] };
  const pin = readPin(state.config, state.files, service, environment.name);
  const past = standing?.pinned?.ancestry;
  if (pin?.digest === digest) return closed(pull, `${service} in ${environment.name} pins ${short(digest)} already`);
  if (kind === 'bump' && (past === 'older' || past === 'diverged'))
    return closed(pull, `${service} in ${environment.name} pins ${short(pin?.digest)}, which is newer`);
  return planChange(
    state,
    {
      kind,
      service,
      environment,
      digest,
      previous: pin?.digest,
      image: pin?.image,
      source: parseSource(said.get(trailers.source) ?? ''),
      merge: pull.armed || isMarkedHeld(pull.body) ? 'auto' : 'manual',
    },
    requestOf(pull),
  );
}

function requestOf({ body }: OpenPull) {
  return batchRequest(body) ?? { requester: '' };
}

function closed(pull: OpenPull, because: string): Plan {
  return {
    operations: [{ kind: 'close', pull, branch: pull.branch, because: `Superseded: ${because}.` }],
    reasons: [`#${pull.number} is superseded: ${because}`],
  };
}

/** Batches of which a hold is over that never came to be, or that ended before they fell apart. */
function batchesToArm(state: State): readonly Plan[] {
  return (state.batches?.open ?? [])
    .filter(({ pull }) => !pull.armed && isMarkedHeld(pull.body))
    .filter((batch) => brokenBecause(state, batch) === undefined)
    .filter(({ bumps, environment }) => bumps.every((one) => !isStopped(state, one.service, environment)))
    .map(({ pull }): Plan => {
      const operation: Operation = {
        kind: 'batch',
        repositoryId: state.repositoryId,
        base: state.defaultBranch,
        branch: pull.branch,
        headOid: pull.headOid,
        pull,
        steps: [{ files: [], commit: { headline: '', body: '' }, body: unmarkHeld(pull.body) }],
      };
      return { operations: [operation], reasons: [`#${pull.number} is not held any more`] };
    });
}

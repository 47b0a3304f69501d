import { holdsPath } from '../config/config.ts';
import { TrunklineError } from '../errors.ts';
import type { Hold } from '../model/hold.ts';
import { renderTrailers, trailers } from '../model/trailer.ts';
import { appendEntry, removeEntries } from '../yaml/edit-list.ts';
import { activeHold, branchPrefix, findEnvironment, parseBranch, requireService } from './change.ts';
import { markHeld } from './held-mark.ts';
import { mention } from './in-words.ts';
import type { FileChange, Operation, Plan, PullContent, Request } from './plan.ts';
import type { OpenPull, State } from './state.ts';

export interface HoldRequest extends Request {
  /** `*` for all. */
  readonly service: string;
  /** `*` for all. */
  readonly environment: string;
  readonly reason: string;
  /** Milliseconds since the epoch. */
  readonly until?: number | undefined;
}

/** Records a stop on automation; the same hold again changes nothing. */
export function planHold(state: State, request: HoldRequest): Plan {
  checkScope(state, request);
  const name = scopeName(request);
  if (
    state.holds.some((hold) => sameScope(hold, request) && hold.reason === request.reason && active(hold, state.now))
  ) {
    return { operations: [], reasons: [`${name}: held already`] };
  }
  const files = [addHold(state, request)];
  const plan = planHolds(
    state,
    request,
    'hold',
    files,
    `Hold ${name}`,
    `${name} held, asked for by ${mention(request.requester)}: ${request.reason}`,
  );
  const parked = parkBehind(state, request, ['bump', 'promote', 'hotfix']);
  return {
    operations: [...parked.operations, ...plan.operations],
    reasons: [...plan.reasons, ...parked.reasons],
  };
}

/** What was armed before a hold must not slip through until the policy has judged it again: it is disarmed, and says why. */
export function parkBehind(state: State, scope: Scope, kinds: readonly string[]): Plan {
  const single = state.pulls.filter((pull) => bringsInto(state, pull, scope, kinds));
  const batches = (state.batches?.open ?? []).filter(
    ({ environment, bumps }) =>
      (scope.environment === '*' || scope.environment === environment) &&
      bumps.some((one) => scope.service === '*' || scope.service === one.service),
  );
  const armed = [...single, ...batches.map((one) => one.pull)].filter((pull) => pull.armed);
  return {
    operations: armed.map((pull): Operation => ({ kind: 'disarm', pull, body: markHeld(pull.body) })),
    reasons: armed.map((pull) => `#${pull.number} waits behind it`),
  };
}

interface Scope {
  readonly service: string;
  readonly environment: string;
}

/** Whether the service is held there, or a pull request is open that will hold it. */
export function isStopped(state: State, service: string, environment: string): boolean {
  if (activeHold(state, service, environment) !== undefined) return true;
  return state.pulls.some(({ branch }) => {
    const [, place, name] = /^trunkline\/hold\/([^/]+)\/(.+)$/.exec(branch) ?? [];
    const back = parseBranch(branch);
    return (
      ((place === '_all' || place === environment) && (name === '_all' || name === service)) ||
      (back?.kind === 'rollback' && back.place === environment && back.service === service)
    );
  });
}

/** Whether a pull request moves a release forward where a hold would stop it. */
function bringsInto({ config }: State, { branch }: OpenPull, scope: Scope, kinds: readonly string[]): boolean {
  const parsed = parseBranch(branch);
  if (parsed === undefined || !kinds.includes(parsed.kind)) return false;
  const members = config.environments.filter((one) => one.name === parsed.place || one.group === parsed.place);
  return (
    (scope.service === '*' || scope.service === parsed.service) &&
    (scope.environment === '*' || members.some((one) => one.name === scope.environment))
  );
}

/** Lifts the holds of exactly this scope. @throws NOT_FOUND where none is. */
export function planResume(
  state: State,
  request: Request & { readonly service: string; readonly environment: string; readonly reason?: string | undefined },
): Plan {
  checkScope(state, request);
  const name = scopeName(request);
  if (!state.holds.some((hold) => sameScope(hold, request))) {
    const others = state.holds.map((hold) => scopeName(hold));
    throw new TrunklineError('NOT_FOUND', `expected a hold of ${name}, found none`, {
      hint: others.length === 0 ? 'nothing is held' : `held: ${others.join('; ')}`,
    });
  }
  const text = removeEntries(holdsPath, state.files.get(holdsPath) ?? '', (entry) => sameScope(entry, request));
  return planHolds(
    state,
    request,
    'resume',
    [{ path: holdsPath, text }],
    `Resume ${name}`,
    `${name} resumed, asked for by ${mention(request.requester)}`,
  );
}

/** The holds file with a hold of this scope in place of any earlier one. */
export function addHold(state: State, request: HoldRequest): FileChange {
  const before = removeEntries(holdsPath, state.files.get(holdsPath) ?? '', (entry) => sameScope(entry, request));
  const text = appendEntry(holdsPath, before, {
    service: request.service,
    environment: request.environment,
    reason: request.reason,
    author: request.requester,
    since: new Date(state.now).toISOString(),
    until: request.until === undefined ? undefined : new Date(request.until).toISOString(),
  });
  return { path: holdsPath, text };
}

function planHolds(
  state: State,
  request: Request & { readonly service: string; readonly environment: string; readonly reason?: string | undefined },
  kind: 'hold' | 'resume',
  files: readonly FileChange[],
  title: string,
  first: string,
): Plan {
  const scope = (text: string): string => (text === '*' ? '_all' : text);
  const branch = `${branchPrefix}${kind}/${scope(request.environment)}/${scope(request.service)}`;
  const body = [
    first,
    renderTrailers([
      [trailers.change, kind],
      [trailers.service, request.service],
      [trailers.environment, request.environment],
      [trailers.run, request.run],
      [trailers.reason, request.reason],
      [trailers.requestedBy, request.requester],
    ]),
  ].join('\n\n');
  const content: PullContent = {
    branch,
    baseOid: state.baseOid,
    files,
    commit: { headline: title, body },
    title,
    body,
    merge: 'auto',
  };
  const own = state.pulls.find((pull) => pull.branch === branch);
  const operation: Operation =
    own === undefined
      ? { kind: 'open', repositoryId: state.repositoryId, base: state.defaultBranch, ...content }
      : { kind: 'update', repositoryId: state.repositoryId, pull: own, ...content };
  return { operations: [operation], reasons: [own === undefined ? title : `${title}: #${own.number} is renewed`] };
}

function checkScope(state: State, scope: { readonly service: string; readonly environment: string }): void {
  if (scope.service !== '*') requireService(state, scope.service);
  if (scope.environment !== '*') findEnvironment(state, scope.environment);
}

function sameScope(
  a: { readonly service?: unknown; readonly environment?: unknown },
  b: { readonly service: string; readonly environment: string },
): boolean {
  return a.service === b.service && a.environment === b.environment;
}

function scopeName({ service, environment }: { readonly service: string; readonly environment: string }): string {
  return `${service === '*' ? 'every service' : service} in ${environment === '*' ? 'every environment' : environment}`;
}

function active(hold: Hold, now: number): boolean {
  return hold.until === undefined || !(Date.parse(hold.until) <= now);
}

import { readPin, setPin } from '../manifest/manifest.ts';
import type { Environment } from '../model/environment.ts';
import { parseSource } from '../model/release.ts';
import { parseTrailers, trailers } from '../model/trailer.ts';
import { batchBranch, batchRequest, batchText } from './batch-body.ts';
import { brokenBecause } from './broken-batches.ts';
import { parseBranch } from './change.ts';
import { unmarkHeld } from './held-mark.ts';
import type { BatchStep, Operation, Plan, Request } from './plan.ts';
import type { BatchedBump, OpenBatch, State } from './state.ts';

/** An environment is busy when so many releases wait for it at once. */
export const busyFrom = 5;

/** Few enough to be read, and to fall apart without much ado. */
export const batchSize = 10;

type Open = Operation & { readonly kind: 'open' };

/** A bump that a plan would open by itself. */
interface Waiting extends BatchedBump {
  readonly open: Open;
}

/**
 * The same plan with bumps gathered in batches, one commit for each service, wherever an environment wants that and is
 * busy. What an open batch brings already is not opened beside it; a batch whose checks have started takes no more.
 */
export function gatherBumps(state: State, plan: Plan, request: Request): Plan {
  const { batches } = state;
  if (batches === undefined) return plan;
  return state.config.environments
    .filter((one) => one.batch === 'when-busy')
    .reduce((sofar, environment) => gatherIn(state, environment, sofar, request), plan);
}

function gatherIn(state: State, environment: Environment, plan: Plan, request: Request): Plan {
  const { name } = environment;
  const batches = (state.batches?.open ?? []).filter((one) => one.environment === name);
  const whole = batches.filter((one) => brokenBecause(state, one) === undefined);
  const offered = plan.operations.flatMap((one) => waitingIn(state, name, one) ?? []);
  const inside = (batch: OpenBatch): readonly Waiting[] => offered.filter((one) => brings(state, batch, one));
  const rest = offered.filter((one) => !whole.some((batch) => brings(state, batch, one)));
  const singles = state.pulls.filter(({ branch, armed }) => {
    const parsed = parseBranch(branch);
    const replaced = rest.some((one) => one.service === parsed?.service);
    return armed && !replaced && parsed?.kind === 'bump' && parsed.place === name;
  });
  const waiting = rest.length + singles.length + whole.reduce((sum, one) => sum + one.bumps.length, 0);
  const busy = rest.length > 0 && waiting >= busyFrom;
  const off = state.batches?.off;
  const grown = busy && off === undefined ? fill(state, environment, whole, rest, request) : [];
  const untouched = whole.filter((batch) => !grown.some((one) => one.operation.pull?.number === batch.pull.number));
  const mended = untouched.flatMap((batch) => mend(state, batch, inside(batch), request) ?? []);
  const moved = new Map<string, Place>([
    ...whole.flatMap((batch) => inside(batch).map((one) => [one.open.branch, { url: batch.pull.url }] as const)),
    ...grown.flatMap(({ operation, took }) =>
      took.map((one) => [one.open.branch, { branch: operation.branch }] as const),
    ),
  ]);
  return {
    operations: [
      ...plan.operations.flatMap((one) => redirect(one, moved)),
      ...grown.map((one) => one.operation),
      ...mended,
    ],
    reasons: [
      ...plan.reasons,
      ...whole.flatMap((batch) =>
        inside(batch).map((one) => `${one.service} in ${name}: #${batch.pull.number} brings it already`),
      ),
      ...grown.map(
        ({ operation, took }) =>
          `${name} is busy: ${took.map((one) => one.service).join(', ')} go together${operation.pull === undefined ? '' : `, with #${operation.pull.number}`}`,
      ),
      ...(busy && off !== undefined ? [`${name} is busy, and nothing is batched: ${off}`] : []),
    ],
  };
}

/** The release that an operation would bring into the environment by a pull request of its own that merges by itself. */
function waitingIn(state: State, environment: string, one: Operation): Waiting | undefined {
  if (one.kind !== 'open' || one.merge !== 'auto') return undefined;
  const parsed = parseBranch(one.branch);
  if (parsed?.kind !== 'bump' || parsed.place !== environment) return undefined;
  const files = new Map([...state.files, ...one.files.map(({ path, text }) => [path, text] as const)]);
  const digest = readPin(state.config, files, parsed.service, environment)?.digest;
  const source = parseSource(parseTrailers(one.body).get(trailers.source) ?? '');
  return digest === undefined
    ? undefined
    : { open: one, service: parsed.service, digest, ...(source === undefined ? {} : { source }) };
}

/** Whether the head of a batch pins it: what counts is the commit, not what the body says. */
function brings(state: State, batch: OpenBatch, { service, digest }: BatchedBump): boolean {
  return readPin(state.config, batch.files, service, batch.environment)?.digest === digest;
}

interface Grown {
  readonly operation: Operation & { readonly kind: 'batch' };
  readonly took: readonly Waiting[];
}

/** First what is open and takes more, then new ones of about the same size. */
function fill(
  state: State,
  environment: Environment,
  batches: readonly OpenBatch[],
  waiting: readonly Waiting[],
  request: Request,
): readonly Grown[] {
  let rest = waiting;
  const grown: Grown[] = [];
  for (const batch of batches.filter((one) => one.checks === 'none')) {
    const took = rest
      .filter(({ service }) => batch.bumps.every((one) => one.service !== service))
      .slice(0, Math.max(0, batchSize - batch.bumps.length));
    if (took.length === 0) continue;
    rest = rest.filter((one) => !took.includes(one));
    const { pull, files, bumps } = batch;
    const steps = stepsOf(state, environment.name, files, bumps, took, batchRequest(pull.body) ?? request);
    grown.push({
      operation: { ...inRepository(state), branch: pull.branch, headOid: pull.headOid, pull, steps },
      took,
    });
  }
  const count = Math.ceil(rest.length / batchSize);
  for (let index = 0; index < count; index++) {
    const took = rest.filter((_, at) => at % count === index);
    const [first] = took;
    if (first === undefined) continue;
    const branch = batchBranch(environment.name, first, state.baseOid);
    const steps = stepsOf(state, environment.name, state.files, [], took, request);
    grown.push({ operation: { ...inRepository(state), branch, headOid: state.baseOid, steps }, took });
  }
  return grown;
}

function inRepository(state: State) {
  return { kind: 'batch', repositoryId: state.repositoryId, base: state.defaultBranch } as const;
}

/** A commit for each, edited on top of the one before: services may share a manifest. */
function stepsOf(
  state: State,
  environment: string,
  start: ReadonlyMap<string, string>,
  brought: readonly BatchedBump[],
  took: readonly Waiting[],
  request: Request,
): readonly BatchStep[] {
  const files = new Map(start);
  const bumps = [...brought];
  return took.map(({ open, service, digest, source }) => {
    const own = new Map([...state.files, ...open.files.map(({ path, text }) => [path, text] as const)]);
    const pin = readPin(state.config, own, service, environment);
    const edited = setPin(state.config, files, service, environment, {
      digest,
      ...(pin?.image === undefined ? {} : { image: pin.image }),
      ...(pin?.tag === undefined ? {} : { tag: pin.tag }),
    });
    files.set(edited.path, edited.text);
    bumps.push({ service, digest, ...(source === undefined ? {} : { source }) });
    return { files: [edited], commit: open.commit, ...batchText(environment, bumps, request) };
  });
}

/** What a run that was killed or overtaken left undone of what is offered again: a wrong text, a pull request not armed. */
function mend(state: State, batch: OpenBatch, inside: readonly Waiting[], request: Request): Operation | undefined {
  const { pull, bumps, environment } = batch;
  if (inside.length === 0) return undefined;
  const text = batchText(environment, bumps, batchRequest(pull.body) ?? request);
  const wrong = unmarkHeld(pull.body) !== text.body;
  if (!wrong && pull.armed) return undefined;
  const steps = wrong ? [{ files: [], commit: { headline: '', body: '' }, ...text }] : [];
  return { ...inRepository(state), branch: pull.branch, headOid: pull.headOid, pull, steps };
}

/** Where a release went instead of a pull request of its own. */
type Place = { readonly branch: string } | { readonly url: string };

/** What spoke of a pull request that is not opened now speaks of the batch. */
function redirect(one: Operation, moved: ReadonlyMap<string, Place>): readonly Operation[] {
  if (one.kind === 'open') return moved.has(one.branch) ? [] : [one];
  if (one.kind === 'close' && one.by !== undefined) {
    const by = one.by.flatMap((branch) => {
      const to = moved.get(branch);
      return to === undefined ? [branch] : 'branch' in to ? [to.branch] : [];
    });
    const urls = one.by.flatMap((branch) => {
      const to = moved.get(branch);
      return to !== undefined && 'url' in to ? [to.url] : [];
    });
    const because = urls.length === 0 ? one.because : `${one.because} By ${urls.join(', ')}.`;
    return [{ ...one, because, by }];
  }
  if (one.kind === 'acknowledge' && one.branch !== undefined) {
    const to = moved.get(one.branch);
    if (to === undefined) return [one];
    const { branch: _, ...rest } = one;
    return [{ ...rest, ...to }];
  }
  return [one];
}

import { serviceNames } from '../config/config.ts';
import { suggest } from '../config/suggest.ts';
import { TrunklineError } from '../errors.ts';
import { readPin, setPin } from '../manifest/manifest.ts';
import { type Digest, shortDigest } from '../model/digest.ts';
import type { Environment } from '../model/environment.ts';
import { type Hold, holds } from '../model/hold.ts';
import type { Source } from '../model/release.ts';
import { parseTrailers, trailers } from '../model/trailer.ts';
import { changeBody, placeOf } from './change-body.ts';
import { isMarkedHeld } from './held-mark.ts';
import { short } from './in-words.ts';
import type { FileChange, Operation, OwnedIssue, Plan, PullContent, Request } from './plan.ts';
import type { OpenPull, State, Step } from './state.ts';

export const branchPrefix = 'trunkline/';

/** One service's pin in one environment, from what it is to what it shall be. */
export interface Change {
  readonly kind: 'bump' | 'promotion' | 'rollback' | 'hotfix';
  readonly service: string;
  readonly environment: Environment;
  /** Further environments of its group that take the release in the same pull request. */
  readonly also?: readonly Environment[];
  readonly digest: Digest;
  readonly previous?: Digest | undefined;
  readonly image?: string | undefined;
  /** The release's label, where the manifest keeps one. */
  readonly tag?: string | undefined;
  /** What the release's commit says, where nothing else tells. */
  readonly message?: string | undefined;
  readonly source?: Source | undefined;
  readonly step?: Step | undefined;
  readonly reason?: string | undefined;
  readonly incident?: string | undefined;
  readonly holdUntil?: string | undefined;
  readonly skipped?: readonly string[];
  /** Other files that change in the same commit. */
  readonly files?: readonly FileChange[];
  /** Trailers that people give along: `Change-Record`, `Watch-Owner`. */
  readonly trailers?: readonly (readonly [string, string])[];
  readonly issue?: OwnedIssue;
  /** A rollback with a hold: bumps that are under way wait behind it instead of being closed. */
  readonly parks?: boolean;
  /** Opened though it is held: it waits, marked so that it goes on by itself afterwards. */
  readonly held?: boolean;
  /** An open pull request of an earlier release is renewed instead of closed. */
  readonly inPlace?: boolean;
  readonly merge: PullContent['merge'];
}

/** @throws INPUT_INVALID naming what is known */
export function findEnvironment(state: Pick<State, 'config'>, name: string): Environment {
  const found = state.config.environments.find((one) => one.name === name);
  if (found !== undefined) return found;
  throw unknown(
    'environment',
    name,
    state.config.environments.map((one) => one.name),
  );
}

/** @throws INPUT_INVALID naming what is known */
export function requireService(state: Pick<State, 'config'>, name: string): string {
  const known = serviceNames(state.config);
  if (known.includes(name)) return name;
  throw unknown('service', name, known);
}

function unknown(what: string, name: string, known: readonly string[]): TrunklineError {
  const near = suggest(name, known);
  return new TrunklineError(
    'INPUT_INVALID',
    `expected ${what === 'environment' ? 'an' : 'a'} ${what} of trunkline.yaml, found "${name}"`,
    {
      hint: near === undefined ? `known: ${known.join(', ')}` : `did you mean "${near}"?`,
    },
  );
}

/** The hold that stops automation for the service there now. */
export function activeHold(state: State, service: string, environment: string): Hold | undefined {
  return state.holds.find((hold) => holds(hold, service, environment, state.now));
}

export function describeHold(hold: Hold): string {
  const until = hold.until === undefined ? '' : ` until ${hold.until}`;
  return `held by @${hold.author} since ${hold.since}${until}: ${hold.reason}`;
}

/** The operations that bring a change about: open, adopt or renew its pull request, close those it takes the place of. */
export function planChange(state: State, change: Change, request: Request): Plan {
  const { service, kind } = change;
  const content = contentOf(state, change, request);
  const name = `${service} in ${placeOf(change)}`;
  const own = ownPull(state, change, content.branch);
  const others = supersededBy(state, change, own?.branch ?? content.branch);
  const [earlier] = others;
  if (change.inPlace === true && own === undefined && earlier !== undefined && others.length === 1) {
    const renewed = { ...content, branch: earlier.branch };
    // Armed anew, so that the merge says what it brings now.
    const disarm: Operation[] = earlier.armed ? [{ kind: 'disarm', pull: earlier }] : [];
    const pull = { ...earlier, armed: false };
    return {
      operations: [...disarm, { kind: 'update', repositoryId: state.repositoryId, pull, ...renewed }],
      reasons: [`${name}: #${earlier.number} brings ${shortDigest(change.digest)} now (${kind})`],
    };
  }
  const operations: Operation[] = [];
  const reasons: string[] = [];
  if (own === undefined) {
    operations.push({ kind: 'open', repositoryId: state.repositoryId, base: state.defaultBranch, ...content });
    reasons.push(`${name}: ${short(change.previous)} → ${shortDigest(change.digest)} (${kind})`);
  } else if (own.mergeable === 'CONFLICTING') {
    // What was armed stays so when its branch moves.
    const merge = own.armed && content.merge !== 'now' ? 'manual' : content.merge;
    operations.push({
      kind: 'update',
      repositoryId: state.repositoryId,
      pull: own,
      ...content,
      branch: own.branch,
      merge,
    });
    reasons.push(`${name}: #${own.number} conflicts with ${state.defaultBranch} and is put on top of it`);
  } else {
    reasons.push(`${name}: #${own.number} is open already: ${own.url}`);
    // Whoever opened it may have been killed before it was merged at once, as it was to be.
    if (change.merge === 'now' || (change.merge !== 'manual' && !own.armed)) {
      operations.push({
        kind: 'arm',
        repositoryId: state.repositoryId,
        pull: own,
        headOid: own.headOid,
        commit: content.commit,
        ...(change.merge === 'now' ? { now: true } : {}),
        ...(isMarkedHeld(own.body) ? { body: content.body } : {}),
        ...(content.issue === undefined ? {} : { issue: content.issue }),
      });
    }
  }
  for (const pull of others) {
    operations.push({
      kind: 'close',
      pull,
      branch: pull.branch,
      because: `Superseded: ${name} goes to ${shortDigest(change.digest)}.`,
      by: [content.branch],
    });
    reasons.push(`${name}: #${pull.number} is superseded`);
  }
  return { operations, reasons };
}

/** The pull request of this very change: by its branch, or by its text where it was renewed in place. */
function ownPull(state: State, change: Change, branch: string): OpenPull | undefined {
  const prefix = prefixOf(words[change.kind], change);
  return (
    state.pulls.find((pull) => pull.branch === branch && !renewedSince(pull, change)) ??
    state.pulls.find((pull) => isOf(pull, prefix) && parseTrailers(pull.body).get(trailers.digest) === change.digest)
  );
}

/** Whether a pull request brings another release by now than the one that its branch was named after. */
function renewedSince(pull: OpenPull, change: Change): boolean {
  const digest = parseTrailers(pull.body).get(trailers.digest);
  return digest !== undefined && digest !== change.digest;
}

function prefixOf(word: string, change: Pick<Change, 'environment' | 'also' | 'service'>): string {
  return `${branchPrefix}${word}/${placeOf(change)}/${change.service}-`;
}

/** What a delivery branch is named after; undefined for another branch. */
export function parseBranch(
  branch: string,
): { readonly kind: string; readonly place: string; readonly service: string } | undefined {
  const [, kind = '', place = '', service = ''] =
    /^trunkline\/(bump|promote|rollback|hotfix)\/([^/]+)\/(.+)-[0-9a-f]{12}$/.exec(branch) ?? [];
  return kind === '' ? undefined : { kind, place, service };
}

/** Pull requests that bring releases of a service into an environment by bump. */
export function openBumps(state: State, service: string, environment: string): readonly OpenPull[] {
  const prefix = `${branchPrefix}${words.bump}/${environment}/${service}-`;
  return state.pulls.filter((pull) => isOf(pull, prefix));
}

function isOf({ branch }: OpenPull, prefix: string): boolean {
  return branch.startsWith(prefix) && /^[0-9a-f]{12}$/.test(branch.slice(prefix.length));
}

/** Open pull requests of the same service and environment that the change makes pointless. */
function supersededBy(state: State, change: Change, branch: string): readonly OpenPull[] {
  // A rollback takes the place of everything that is under way; the others only of their own kind.
  const everything = [...(change.parks === true ? [] : ['bump']), 'promote', 'rollback', 'hotfix'];
  const kinds = change.kind === 'rollback' ? everything : [words[change.kind]];
  const prefixes = kinds.map((kind) => prefixOf(kind, change));
  return state.pulls.filter((pull) => pull.branch !== branch && prefixes.some((prefix) => isOf(pull, prefix)));
}

const words = { bump: 'bump', promotion: 'promote', rollback: 'rollback', hotfix: 'hotfix' } as const;
const verbs = { bump: 'Bump', promotion: 'Promote', rollback: 'Roll back', hotfix: 'Hotfix' } as const;

function contentOf(state: State, change: Change, request: Request): PullContent {
  const { service, environment, digest } = change;
  const tag = change.tag ?? (change.source === undefined ? undefined : `sha-${change.source.commit}`);
  const pinned = new Map<string, string>();
  for (const one of [environment, ...(change.also ?? [])]) {
    const edited = setPin(state.config, new Map([...state.files, ...pinned]), service, one.name, {
      digest,
      ...(tag === undefined ? {} : { tag }),
      ...(change.image === undefined ? {} : { image: change.image }),
    });
    pinned.set(edited.path, edited.text);
  }
  const place = placeOf(change);
  const title = `${verbs[change.kind]} ${service} to ${shortDigest(digest)} in ${place}`;
  const body = changeBody(state, change, request);
  return {
    branch: `${branchPrefix}${words[change.kind]}/${place}/${service}-${shortDigest(digest)}`,
    baseOid: state.baseOid,
    files: [...[...pinned].map(([path, text]) => ({ path, text })), ...(change.files ?? [])],
    commit: { headline: title, body },
    title,
    body,
    merge: change.merge,
    ...(change.issue === undefined ? {} : { issue: change.issue }),
  };
}

/** The digest that is pinned now. @throws MANIFEST_INVALID */
export function pinnedDigest(state: State, service: string, environment: string): Digest | undefined {
  return readPin(state.config, state.files, service, environment)?.digest;
}

/** Several plans as one, in their order. */
export function joinPlans(plans: readonly Plan[]): Plan {
  const problems = plans.flatMap((plan) => plan.problems ?? []);
  return {
    operations: plans.flatMap((plan) => plan.operations),
    reasons: plans.flatMap((plan) => plan.reasons),
    ...(problems.length === 0 ? {} : { problems }),
  };
}

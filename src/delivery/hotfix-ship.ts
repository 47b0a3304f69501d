import { hotfixesPath } from '../config/config.ts';
import { TrunklineError } from '../errors.ts';
import { readPin } from '../manifest/manifest.ts';
import type { Digest } from '../model/digest.ts';
import type { Environment } from '../model/environment.ts';
import type { SkippableGate } from '../model/gates.ts';
import { debts } from '../model/hotfix.ts';
import { appendEntry } from '../yaml/edit-list.ts';
import { findEnvironment, planChange, requireService } from './change.ts';
import { quotaOf } from './hotfix-quota.ts';
import { short } from './in-words.ts';
import { healthyOnce, lineage } from './lineage.ts';
import type { FileChange, Plan, Request } from './plan.ts';
import { refuseHeld, upstream } from './promotion.ts';
import type { PublishedRelease, State } from './state.ts';

export interface HotfixRequest extends Request {
  readonly service: string;
  readonly to: string;
  readonly digest: Digest;
  /** The record of the release; only one of a hotfix branch may be shipped. */
  readonly record: PublishedRelease | undefined;
  readonly reason: string;
  readonly incident: string;
  /** Gates to be let past; all that the environment has and `hotfix.skip` allows, unless given. */
  readonly skip?: readonly SkippableGate[] | undefined;
  /** Changed lines against what runs there; undefined where nobody could count them. */
  readonly lines: number | undefined;
}

/**
 * Brings a release of a hotfix branch into an environment past the gates that are named, on record with its debt in
 * `.trunkline/hotfixes.yaml`, which changes in the same commit. Approvals are wanted as ever.
 * @throws POLICY_REFUSED, HELD
 */
export function planHotfix(state: State, request: HotfixRequest): Plan {
  const service = requireService(state, request.service);
  const environment = findEnvironment(state, request.to);
  const { record, digest } = request;
  if (record?.ref?.startsWith('refs/heads/hotfixes/') !== true) {
    throw new TrunklineError(
      'POLICY_REFUSED',
      `expected a release of ${service} from a hotfix branch, found ${short(digest)} ${record === undefined ? 'that nobody recorded' : `from ${record.ref ?? 'no ref'}`}`,
      { hint: 'only releases of hotfixes/* may skip gates: trunkline hotfix start' },
    );
  }
  const pin = readPin(state.config, state.files, service, environment.name);
  if (pin?.digest === digest)
    return { operations: [], reasons: [`${service} in ${environment.name}: ${short(digest)} is pinned already`] };
  refuseHeld(state, service, environment);
  const gates = gatesToSkip(state, environment, request.skip);
  const lines = countedLines(state, request.lines);
  const skipped = upstream(state, environment).filter(
    (name) => readPin(state.config, state.files, service, name)?.digest !== digest,
  );
  const plan = planChange(
    state,
    {
      kind: 'hotfix',
      service,
      environment,
      digest,
      previous: pin?.digest,
      image: record.image,
      source: record.source,
      reason: request.reason,
      incident: request.incident,
      skipped: gates,
      files: [recordOf(state, { ...request, record, service, environment, gates, lines, skipped })],
      merge: environment.merge,
    },
    request,
  );
  const { exceeded } = quotaOf(state.config.hotfix, state.hotfixes, { author: request.requester }, state.now);
  return {
    operations: plan.operations,
    reasons: [
      ...rollbackFirst(state, service, environment.name),
      ...plan.reasons,
      ...exceeded.map((reason) => `${reason}: two people have to approve this one`),
    ],
  };
}

/** Gates that the environment has and the configuration lets a hotfix past. @throws POLICY_REFUSED for another that is named */
function gatesToSkip(
  { config }: State,
  { from, gates }: Environment,
  named: readonly SkippableGate[] | undefined,
): readonly SkippableGate[] {
  const allowed = config.hotfix.skip;
  const refused = named?.filter((one) => !allowed.includes(one)) ?? [];
  if (refused.length > 0) {
    throw new TrunklineError(
      'POLICY_REFUSED',
      `expected gates that a hotfix may skip (${allowed.join(', ') || 'none'}), found ${refused.join(', ')}`,
      { hint: 'hotfix.skip in trunkline.yaml says which' },
    );
  }
  const has: Record<SkippableGate, boolean> = {
    order: from !== undefined,
    synced: gates.synced,
    healthy: gates.healthy !== undefined,
    freeze: gates.freeze.length > 0,
    checks: gates.checks.length > 0,
  };
  return named ?? allowed.filter((one) => has[one]);
}

function countedLines({ config }: State, lines: number | undefined): number {
  if (lines === undefined) {
    throw new TrunklineError(
      'POLICY_REFUSED',
      'expected to count what the hotfix changes against the release that runs, found no record of it or no way to compare',
      { hint: 'the App needs contents: read on the application repository' },
    );
  }
  if (lines <= config.hotfix.lines) return lines;
  throw new TrunklineError(
    'POLICY_REFUSED',
    `expected a hotfix of at most ${config.hotfix.lines} changed lines, found ${lines}`,
    { hint: 'what is larger goes the whole way; hotfix.lines in trunkline.yaml sets the limit' },
  );
}

function recordOf(
  state: State,
  shipped: Omit<HotfixRequest, 'lines'> & {
    readonly record: PublishedRelease;
    readonly environment: Environment;
    readonly gates: readonly string[];
    readonly lines: number;
    readonly skipped: readonly string[];
  },
): FileChange {
  const { due } = state.config.hotfix;
  const by = (ms: number): string => new Date(state.now + ms).toISOString();
  const wanted = {
    'forward-port': due.forwardPort,
    'back-fill': due.backFill,
    cleanup: due.cleanup,
    'post-mortem': due.postMortem,
  };
  const text = appendEntry(hotfixesPath, state.files.get(hotfixesPath) ?? '', {
    service: shipped.service,
    environment: shipped.environment.name,
    digest: shipped.digest,
    reason: shipped.reason,
    incident: shipped.incident,
    author: shipped.requester,
    since: new Date(state.now).toISOString(),
    branch: shipped.record.ref,
    commit: shipped.record.source?.commit,
    lines: String(shipped.lines),
    skipped: shipped.skipped,
    gates: shipped.gates,
    ...Object.fromEntries(
      debts
        .filter((debt) => debt !== 'back-fill' || shipped.skipped.length > 0)
        .map((debt) => [debt, by(wanted[debt])]),
    ),
  });
  return { path: hotfixesPath, text };
}

/** Going back takes minutes, mending longer: said where there is something to go back to. */
export function rollbackFirst(state: State, service: string, environment: string): readonly string[] {
  const current = readPin(state.config, state.files, service, environment)?.digest;
  const way = lineage(healthyOnce(state.deployments, service, environment));
  const at = current === undefined ? -1 : way.indexOf(current);
  const before = at < 0 ? way.at(-1) : way[at - 1];
  return before === undefined || before === current
    ? []
    : [
        `${service} in ${environment}: ${short(before)} was healthy there; where that would do, trunkline rollback ${service} --environment ${environment} is sooner`,
      ];
}

import { holdsPath, hotfixesPath, manifestFile, manifestFiles, serviceNames } from '../../config/config.ts';
import type { Environment } from '../../model/environment.ts';
import type { Hold } from '../../model/hold.ts';
import type { Hotfix } from '../../model/hotfix.ts';
import { changedPins } from '../changed.ts';
import { healthyOnce, liesBehind } from '../lineage.ts';
import { parseHolds, parseHotfixes } from '../records.ts';
import type { PinChange, PolicyFacts, Verdict } from './facts.ts';
import { approvals, beyondPins, hold, order, pinsOnly, requester, singleAxis, source, teamsFor } from './gates.ts';
import { hotfixKept, hotfixRecord, skips } from './hotfix-gates.ts';
import { describeStatus, overriddenMark } from './policy-status.ts';
import { freeze, healthy, migration, requiredChecks, requiredTrailers, synced } from './release-gates.ts';
import { signature } from './signature-gate.ts';

export interface Judgement {
  readonly ok: boolean;
  /** Environments that the pull request touches. */
  readonly environments: readonly string[];
  readonly verdicts: readonly Verdict[];
  /** When it has to be judged again though nothing happened, in milliseconds since the epoch. */
  readonly due?: number;
  /** At most 140 characters, as a commit status takes. */
  readonly summary: string;
}

interface Scope {
  readonly service: string;
  readonly environment: string;
}

interface Wanted {
  readonly place: string;
  readonly team: string;
  readonly teams: readonly string[];
  readonly count: number;
}

/** Judges a pull request by the environments that its difference touches. Everything unknown counts against it. */
export function judge(facts: PolicyFacts): Judgement {
  const changes = changedPins(facts.state.config, facts.before, facts.after);
  const holdsAfter = mergedHolds(facts);
  const recorded = parseHotfixes(facts.after.get(hotfixesPath));
  const wanted = wantedApprovals(facts, changes, holdsAfter);
  const verdicts = [
    pinsOnly(facts, changes),
    ...(facts.pull.delivery ? [] : [singleAxis(facts, changes)]),
    ...changes.flatMap((change) => {
      const environment = facts.state.config.environments.find((one) => one.name === change.environment);
      if (environment === undefined) return [];
      return [
        order(facts, change, environment, recorded),
        // Going further back is what a hold is for, not what it stops.
        ...(isWayBack(facts, change) ? [] : [hold(facts, change, holdsAfter)]),
        source(facts, change, environment),
        ...signature(facts, change),
        ...releaseGates(facts, change, environment, recorded),
      ];
    }),
    ...environmentGates(facts, changes, recorded),
    ...addedHotfixes(facts, recorded).map((one) => hotfixRecord(facts, one)),
    requester(facts, wanted.length > 0),
    ...wanted.map((one) => approvals(facts, one)),
  ];
  const ok = verdicts.every((verdict) => verdict.ok);
  const environments = [...new Set(changes.map((one) => one.environment))];
  const due = dueOf(verdicts, facts.state.now);
  return {
    ok,
    environments,
    verdicts,
    ...(due === undefined ? {} : { due }),
    summary: summarise(verdicts, environments, due),
  };
}

/** What the environment asks of the release itself; nothing of it of one that ran there before and is gone back to. */
function releaseGates(
  facts: PolicyFacts,
  change: PinChange,
  { from, gates }: Environment,
  recorded: readonly Hotfix[],
): readonly Verdict[] {
  if (isWayBack(facts, change)) return [migration(facts, change)];
  const record = recordOf(change, recorded);
  const { state } = facts;
  const pinned = [...state.hotfixes, ...recorded].find(
    (one) => one.service === change.service && one.environment === change.environment && one.digest === change.before,
  );
  return [
    ...(gates.synced && from !== undefined && !skips(facts, record, 'synced') ? [synced(facts, change, from)] : []),
    ...(gates.healthy !== undefined && from !== undefined && !skips(facts, record, 'healthy')
      ? [healthy(facts, change, from, gates.healthy)]
      : []),
    ...(pinned === undefined ? [] : [hotfixKept(facts, change, pinned)]),
  ];
}

/** What environments ask of the pull request, once each; a way back alone is not stopped by them. */
function environmentGates(
  facts: PolicyFacts,
  changes: readonly PinChange[],
  recorded: readonly Hotfix[],
): readonly Verdict[] {
  return facts.state.config.environments.flatMap((environment) => {
    const own = changes.filter((one) => one.environment === environment.name);
    if (own.length === 0) return [];
    const forward = own.filter((one) => !isWayBack(facts, one));
    const asked = (gate: 'freeze' | 'checks'): boolean =>
      forward.some((one) => !skips(facts, recordOf(one, recorded), gate));
    return [
      ...(environment.gates.freeze.length > 0 && asked('freeze') ? [freeze(facts, environment)] : []),
      ...(environment.gates.checks.length > 0 && asked('checks') ? [requiredChecks(facts, environment)] : []),
      ...(environment.gates.trailers.length > 0 ? [requiredTrailers(facts, environment)] : []),
    ];
  });
}

function recordOf(change: PinChange, recorded: readonly Hotfix[]): Hotfix | undefined {
  return recorded.find(
    (one) => one.service === change.service && one.environment === change.environment && one.digest === change.after,
  );
}

/** Whether it goes back to a release that was healthy there, which nothing but approvals may delay. */
export function isWayBack({ deployments }: Pick<PolicyFacts, 'deployments'>, change: PinChange): boolean {
  const ran = healthyOnce(deployments, change.service, change.environment);
  return change.after !== undefined && liesBehind(ran, change.before, change.after);
}

function addedHotfixes({ state }: PolicyFacts, recorded: readonly Hotfix[]): readonly Hotfix[] {
  return recorded.filter((one) => !state.hotfixes.some((other) => same(one, other)));
}

/** The first time after now at which a verdict may change by itself. */
function dueOf(verdicts: readonly Verdict[], now: number): number | undefined {
  const times = verdicts.flatMap((one) => (one.due !== undefined && one.due > now ? [one.due] : []));
  return times.length === 0 ? undefined : Math.min(...times);
}

/** Approvals that are wanted, each once, for what the pull request touches. */
function wantedApprovals(
  facts: PolicyFacts,
  changes: readonly PinChange[],
  holdsAfter: readonly Hold[],
): readonly Wanted[] {
  const { config } = facts.state;
  const own = new Set([...manifestFiles(config), holdsPath, hotfixesPath]);
  const known = (name: string): Environment | undefined => config.environments.find((one) => one.name === name);
  const pairs = [...changes, ...liftedHolds(facts, holdsAfter), ...changedHotfixes(facts)];
  const byPins = pairs.flatMap(({ service, environment }) =>
    Object.entries(known(environment)?.approve ?? {}).map(([team, count]) => ({
      place: `${service} in ${environment}`,
      team,
      teams: teamsFor(facts, team, service),
      count,
    })),
  );
  // A manifest that changes outside its pins touches its environment all the same.
  const manifests = facts.pull.paths.filter((path) => manifestFiles(config).includes(path));
  const untold = manifests.filter(
    (path) =>
      !changes.some((change) => touches(facts, path, change)) ||
      (!facts.pull.delivery && beyondPins(facts, changes, path)),
  );
  const byFiles = untold.flatMap((path) =>
    config.environments
      .filter((one) => serviceNames(config).some((service) => touches(facts, path, { service, environment: one.name })))
      .flatMap((one) =>
        Object.entries(one.approve).map(([team, count]) => ({
          place: path,
          team,
          teams: allTeams(facts, team),
          count,
        })),
      ),
  );
  const others = facts.pull.paths.filter((path) => !own.has(path));
  const [other] = others;
  const byOthers = other === undefined ? [] : governors(facts).map((one) => ({ place: other, ...one }));
  return [
    ...new Map(
      [...byPins, ...byFiles, ...byOthers].map((one) => [JSON.stringify([one.place, one.team]), one]),
    ).values(),
  ];
}

/** Holds that stop something now and would not any more; adding one wants nobody. */
function liftedHolds({ state }: PolicyFacts, after: readonly Hold[]): readonly Scope[] {
  const stillThere = (held: Hold): boolean => after.some((one) => same(one, held));
  return state.holds
    .filter((held) => !stillThere(held) && (held.until === undefined || !(Date.parse(held.until) <= state.now)))
    .filter(
      (held) =>
        !after.some(
          (one) => one.service === held.service && one.environment === held.environment && one.until === undefined,
        ),
    )
    .flatMap((held) => placesOf(state, held));
}

/** Where hotfixes on record are added, changed or taken away: each lets a release pass the environments before. */
function changedHotfixes({ state, before, after }: PolicyFacts): readonly Scope[] {
  const [earlier, later] = [before, after].map((files) => parseHotfixes(files.get(hotfixesPath))) as [
    readonly Hotfix[],
    readonly Hotfix[],
  ];
  const missingIn = (list: readonly Hotfix[], one: Hotfix): boolean => !list.some((other) => same(one, other));
  return [...earlier.filter((one) => missingIn(later, one)), ...later.filter((one) => missingIn(earlier, one))].flatMap(
    (one) => placesOf(state, one),
  );
}

/** Holds as they will be once merged: those of the head, and those that came to the base branch meanwhile. */
function mergedHolds({ state, before, after }: PolicyFacts): readonly Hold[] {
  const earlier = parseHolds(before.get(holdsPath));
  return [
    ...parseHolds(after.get(holdsPath)),
    ...state.holds.filter((held) => !earlier.some((one) => same(one, held))),
  ];
}

/** A name that the configuration does not know (`*` among them) might come to mean any. */
function placesOf({ config }: Pick<PolicyFacts['state'], 'config'>, { service, environment }: Scope): readonly Scope[] {
  const among = (names: readonly string[], name: string): readonly string[] => (names.includes(name) ? [name] : names);
  const environments = config.environments.map((one) => one.name);
  return among(serviceNames(config), service).flatMap((one) =>
    among(environments, environment).map((other) => ({ service: one, environment: other })),
  );
}

function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function touches({ state }: PolicyFacts, path: string, { service, environment }: Scope): boolean {
  return manifestFile(state.config, service, environment) === path;
}

/**
 * Who answers for the repository's other files (configuration, workflows), which could change the rules of every
 * environment: each team that any environment names, as often as the strictest wants; any owner where none is named.
 */
function governors({ state }: PolicyFacts): readonly Omit<Wanted, 'place'>[] {
  const counts = new Map<string, number>();
  for (const { approve } of state.config.environments) {
    for (const [team, count] of Object.entries(approve)) counts.set(team, Math.max(count, counts.get(team) ?? 0));
  }
  const people = counts.delete('owner');
  if (counts.size > 0) return [...counts].map(([team, count]) => ({ team, teams: [team], count }));
  if (!people) return [];
  const owners = [...new Set(state.config.accept.flatMap((one) => [...one.services.values()]))];
  return owners.length === 0 ? [] : [{ team: owners.join(' or '), teams: owners, count: 1 }];
}

function allTeams(facts: PolicyFacts, team: string): readonly string[] {
  return [...new Set(serviceNames(facts.state.config).flatMap((service) => teamsFor(facts, team, service)))];
}

/** Every team of which the policy has to know the members. */
export function teamsNamed(state: Pick<PolicyFacts['state'], 'config'>): readonly string[] {
  const named = state.config.environments.flatMap((one) => Object.keys(one.approve)).filter((team) => team !== 'owner');
  const owners = state.config.accept.flatMap((one) => [...one.services.values()]);
  const overriders = state.config.freezes.flatMap(({ override }) => override ?? []);
  return [...new Set([...named, ...owners, ...overriders])];
}

function summarise(verdicts: readonly Verdict[], environments: readonly string[], due: number | undefined): string {
  const refused = verdicts.filter((verdict) => !verdict.ok);
  const [first] = refused;
  const text =
    first === undefined
      ? environments.length === 0
        ? 'touches no environment'
        : `may change ${environments.join(', ')}${overridden(verdicts)}`
      : `${refused.length > 1 ? `${refused.length} gates: ` : ''}${first.gate}: ${first.reason}`;
  return describeStatus(text, due);
}

function overridden(verdicts: readonly Verdict[]): string {
  return verdicts.some((one) => one.gate.startsWith('freeze of ') && one.reason.includes(overriddenMark))
    ? ` (freeze ${overriddenMark})`
    : '';
}

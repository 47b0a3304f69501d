import { serviceNames } from '../config/config.ts';
import { suggest } from '../config/suggest.ts';
import { TrunklineError } from '../errors.ts';
import { readPin } from '../manifest/manifest.ts';
import type { Environment } from '../model/environment.ts';
import { planApart } from './apart.ts';
import { activeHold, describeHold, joinPlans, parseBranch } from './change.ts';
import { short } from './in-words.ts';
import type { Plan } from './plan.ts';
import { freezeState } from './policy/freeze-spans.ts';
import { minute } from './policy/policy-status.ts';
import { healthOf } from './policy/soak.ts';
import type { OpenPull, State } from './state.ts';

/** Environments that take one release together: one alone, or those of a group that are fed from the same place. */
export type Wave = readonly [Environment, ...(readonly Environment[])];

/** What a name that is promoted to stands for: an environment, or a group's waves. @throws INPUT_INVALID */
export function wavesOf({ config }: Pick<State, 'config'>, name: string): readonly Wave[] {
  const one = config.environments.find((environment) => environment.name === name);
  if (one !== undefined) return [[one]];
  const members = config.environments.filter((environment) => environment.group === name);
  const inside = new Set(members.map((member) => member.name));
  // Those that the group's own environments feed come after them, each by itself.
  const first = members.filter((member) => member.from !== undefined && !inside.has(member.from));
  const later = members.filter((member) => !first.includes(member)).map((member): Wave => [member]);
  const feeds = [...new Set(first.map((member) => member.from))];
  const waves = feeds.flatMap((from): Wave[] => {
    const [head, ...rest] = first.filter((member) => member.from === from);
    return head === undefined ? [] : [[head, ...rest]];
  });
  if (members.length > 0) return [...waves, ...later];
  const known = [
    ...config.environments.map((environment) => environment.name),
    ...new Set(config.environments.flatMap((environment) => environment.group ?? [])),
  ];
  const near = suggest(name, known);
  throw new TrunklineError('INPUT_INVALID', `expected an environment or a group of trunkline.yaml, found "${name}"`, {
    hint: near === undefined ? `known: ${known.join(', ')}` : `did you mean "${near}"?`,
  });
}

/**
 * Why a release is not brought on now; undefined where it is. A schedule waits for what time alone brings about as well
 * (`gates`); a person's pull request may wait for it in the open.
 */
export function notDue(
  state: State,
  service: string,
  environment: Environment,
  options: { readonly gates: boolean },
): string | undefined {
  const { from, gates } = environment;
  if (from === undefined) return 'gets its releases by bump';
  const digest = readPin(state.config, state.files, service, from)?.digest;
  if (digest === undefined) return `${from} has no release of it`;
  if (readPin(state.config, state.files, service, environment.name)?.digest === digest)
    return `${short(digest)} is pinned already`;
  const hold = activeHold(state, service, environment.name);
  if (hold !== undefined) return `${short(digest)} waits: ${describeHold(hold)}`;
  if (!options.gates) return undefined;
  if (gates.synced || gates.healthy !== undefined) {
    const health = healthOf(state.deployments, service, from, digest);
    if (health.kind !== 'healthy') return `${short(digest)} is not healthy in ${from}, as far as anybody told`;
    const due = health.since + (gates.healthy ?? 0);
    if (due > state.now) return `${short(digest)} is healthy in ${from} for long enough at ${minute(due)}`;
  }
  const named = state.config.freezes.filter((one) => gates.freeze.includes(one.name));
  const { active, until } = freezeState(named, state.files, state.now);
  if (active.length > 0)
    return `frozen (${active.map((one) => one.freeze.name).join(', ')}) until ${minute(until ?? state.now)}`;
  return undefined;
}

/** Promotions that lead nowhere any more: what they bring is there, or the environment before has something else. */
export function stalePromotions(state: State, renewed: ReadonlySet<number>): Plan {
  return joinPlans(
    state.pulls.filter((pull) => !renewed.has(pull.number)).map((pull) => planApart(() => closeStale(state, pull))),
  );
}

function closeStale(state: State, pull: OpenPull): Plan {
  const nothing: Plan = { operations: [], reasons: [] };
  const parsed = parseBranch(pull.branch);
  if (parsed?.kind !== 'promote' || !serviceNames(state.config).includes(parsed.service)) return nothing;
  const members = state.config.environments.filter((one) => one.name === parsed.place || one.group === parsed.place);
  const because = staleBecause(state, parsed.service, members, pull.body);
  if (because === undefined) return nothing;
  return {
    operations: [{ kind: 'close', pull, branch: pull.branch, because: `Stale: ${because}.` }],
    reasons: [`#${pull.number} is stale: ${because}`],
  };
}

function staleBecause(
  state: State,
  service: string,
  members: readonly Environment[],
  body: string,
): string | undefined {
  const digest = /^Trunkline-Digest: (sha256:[0-9a-f]{64})$/m.exec(body)?.[1];
  if (digest === undefined || members.length === 0) return undefined;
  const pinned = (name: string): string | undefined => readPin(state.config, state.files, service, name)?.digest;
  if (members.every((one) => pinned(one.name) === digest)) return `${short(digest)} is pinned already`;
  const feeding = [...new Set(members.flatMap((one) => one.from ?? []))];
  const other = feeding.find((name) => pinned(name) !== digest);
  return other === undefined ? undefined : `${other} has ${short(pinned(other))} now`;
}

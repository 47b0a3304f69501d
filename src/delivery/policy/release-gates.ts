import { TrunklineError } from '../../errors.ts';
import { readPin } from '../../manifest/manifest.ts';
import type { Environment } from '../../model/environment.ts';
import { parseTrailers } from '../../model/trailer.ts';
import { mention, short } from '../in-words.ts';
import { crossing, describeMigration } from '../migrations.ts';
import type { PinChange, PolicyFacts, Verdict } from './facts.ts';
import { freezeState } from './freeze-spans.ts';
import { countingApprovals } from './people.ts';
import { minute, overriddenMark } from './policy-status.ts';
import { healthOf } from './soak.ts';

/** The environment before has the release deployed, and its last deployment succeeded. */
export function synced(facts: PolicyFacts, change: PinChange, from: string): Verdict {
  const gate = `synced of ${change.service} for ${change.environment}`;
  if (change.after === undefined) return { gate, ok: false, reason: 'no release is named by digest' };
  const health = healthOf(facts.deployments, change.service, from, change.after);
  if (health.kind === 'healthy') return { gate, ok: true, reason: `${short(change.after)} is deployed in ${from}` };
  return { gate, ok: false, waits: true, reason: notHealthy(health, change, from) };
}

/** The environment before has had the release for so long, healthy without a break. */
export function healthy(facts: PolicyFacts, change: PinChange, from: string, duration: number): Verdict {
  const gate = `healthy of ${change.service} for ${change.environment}`;
  const { service, after: digest } = change;
  if (digest === undefined) return { gate, ok: false, reason: 'no release is named by digest' };
  const pinned = readPin(facts.state.config, facts.state.files, service, from)?.digest;
  if (pinned !== digest)
    return { gate, ok: false, waits: true, reason: `${from} has ${short(pinned)} now, not ${short(digest)}` };
  const health = healthOf(facts.deployments, service, from, digest);
  if (health.kind !== 'healthy') return { gate, ok: false, waits: true, reason: notHealthy(health, change, from) };
  const due = health.since + duration;
  return due <= facts.state.now
    ? { gate, ok: true, reason: `healthy in ${from} since ${minute(health.since)}` }
    : {
        gate,
        ok: false,
        waits: true,
        due,
        reason: `healthy in ${from} since ${minute(health.since)}, wants ${hours(duration)}: until ${minute(due)}`,
      };
}

function notHealthy(health: ReturnType<typeof healthOf>, { after: digest }: PinChange, from: string): string {
  switch (health.kind) {
    case 'other':
      return `${from} runs ${short(health.digest)}, not ${short(digest)}`;
    case 'ill':
      return `${short(digest)} in ${from} is ${health.state}`;
    default:
      return `nothing tells whether ${short(digest)} is healthy in ${from}`;
  }
}

/** No freeze of the environment is in force, or a member of the team that may override each approved meanwhile. */
export function freeze(facts: PolicyFacts, environment: Environment): Verdict {
  const gate = `freeze of ${environment.name}`;
  const { config, files, now } = facts.state;
  const named = config.freezes.filter((one) => environment.gates.freeze.includes(one.name));
  try {
    const { active, until, next } = freezeState(named, files, now);
    if (active.length === 0)
      return { gate, ok: true, reason: 'not frozen', ...(next === undefined ? {} : { due: next }) };
    const overriders = active.map(({ freeze: { override }, since }) =>
      override === undefined
        ? undefined
        : countingApprovals(facts, [override]).find((one) => one.at !== undefined && Date.parse(one.at) >= since),
    );
    const due = until === undefined ? {} : { due: until };
    const names = active.map((one) => one.freeze.name).join(', ');
    if (overriders.every((one) => one !== undefined))
      return {
        gate,
        ok: true,
        ...due,
        reason: `${names} ${overriddenMark} by ${[...new Set(overriders.map((one) => mention(one.author)))].join(', ')}`,
      };
    const teams = [...new Set(active.map((one) => one.freeze.override))];
    const way = teams.includes(undefined) ? '' : `; an approval of ${teams.join(' and ')} given meanwhile overrides it`;
    return { gate, ok: false, waits: true, ...due, reason: `${names} until ${minute(until ?? now)}${way}` };
  } catch (error) {
    if (!(error instanceof TrunklineError)) throw error;
    return { gate, ok: false, reason: error.message };
  }
}

/** The body carries the trailers that the environment wants, each with a value. */
export function requiredTrailers(facts: PolicyFacts, environment: Environment): Verdict {
  const gate = `trailers for ${environment.name}`;
  const found = parseTrailers(facts.pull.body);
  const missing = environment.gates.trailers.filter((name) => (found.get(name) ?? '') === '');
  return missing.length === 0
    ? {
        gate,
        ok: true,
        reason: environment.gates.trailers.map((name) => `${name}: ${found.get(name) ?? ''}`).join(', '),
      }
    : {
        gate,
        ok: false,
        reason: `expected ${missing.map((name) => `"${name}: …"`).join(' and ')} in the body, found none`,
      };
}

/** Checks that the environment names are green on the head; one that nobody reported is not. */
export function requiredChecks(facts: PolicyFacts, environment: Environment): Verdict {
  const gate = `checks for ${environment.name}`;
  const bad = environment.gates.checks.flatMap((name) => {
    const states = facts.pull.checks.filter((one) => one.name === name).map((one) => one.state);
    const [state = 'missing'] = [...states.filter((one) => one !== 'success'), ...states];
    return state === 'success' ? [] : [{ name, state }];
  });
  if (bad.length === 0) return { gate, ok: true, reason: environment.gates.checks.join(', ') };
  return {
    gate,
    ok: false,
    waits: bad.every((one) => one.state !== 'failure'),
    reason: bad.map(({ name, state }) => `${name} is ${state}`).join(', '),
  };
}

/** Going back must not cross a release that changed the data in a way earlier ones cannot live with. */
export function migration(facts: PolicyFacts, change: PinChange): Verdict {
  const gate = `migration of ${change.service} in ${change.environment}`;
  if (change.after === undefined) return { gate, ok: false, reason: 'no release is named by digest' };
  const { incompatible, known } = crossing(facts.published, change.service, change.before, change.after);
  if (incompatible.length > 0)
    return {
      gate,
      ok: false,
      reason: `going back would cross ${incompatible.map(describeMigration).join(', ')}, marked migration-incompatible`,
    };
  return { gate, ok: true, reason: known ? 'crosses no incompatible migration' : 'no record tells what it crosses' };
}

function hours(duration: number): string {
  return duration % 3_600_000 === 0 ? `${duration / 3_600_000}h` : `${Math.round(duration / 60_000)}m`;
}

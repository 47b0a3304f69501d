import { holdsPath, hotfixesPath, manifestFile, manifestFiles, ownersOf } from '../../config/config.ts';
import { TrunklineError } from '../../errors.ts';
import { readPin, setPin } from '../../manifest/manifest.ts';
import type { Environment } from '../../model/environment.ts';
import type { Hold } from '../../model/hold.ts';
import type { Hotfix } from '../../model/hotfix.ts';
import { takes } from '../../model/route.ts';
import { parseTrailers, trailers } from '../../model/trailer.ts';
import { activeHold, describeHold } from '../change.ts';
import { mention, short } from '../in-words.ts';
import type { PinChange, PolicyFacts, Verdict } from './facts.ts';
import { skips } from './hotfix-gates.ts';
import { countingApprovals, partiesOf } from './people.ts';

/** A pull request of the delivery App touches manifests and our own files, and in a manifest only the pins. */
export function pinsOnly(facts: PolicyFacts, changes: readonly PinChange[]): Verdict {
  const gate = 'pins only';
  const { state, pull } = facts;
  if (!pull.delivery) return { gate, ok: true, reason: 'opened by a person, who may change more than pins' };
  const manifests = manifestFiles(state.config);
  const foreign = pull.paths.filter((path) => ![...manifests, holdsPath, hotfixesPath].includes(path));
  if (foreign.length > 0)
    return { gate, ok: false, reason: `a delivery pull request may not change ${foreign.join(', ')}` };
  const more = pull.paths.find((path) => manifests.includes(path) && beyondPins(facts, changes, path));
  if (more !== undefined) return { gate, ok: false, reason: `${more} changes in more than its pins` };
  return { gate, ok: true, reason: 'nothing but pins and records changes' };
}

/** A release moves alone: whoever changes a pin that was there changes nothing else in the same pull request. */
export function singleAxis(facts: PolicyFacts, changes: readonly PinChange[]): Verdict {
  const gate = 'single axis';
  const { state, pull, before } = facts;
  const moved = changes.filter((one) => one.before !== undefined);
  const [first] = moved;
  if (first === undefined) return { gate, ok: true, reason: 'no release moves' };
  const own = [...manifestFiles(state.config), holdsPath, hotfixesPath];
  const other = pull.paths.find((path) =>
    own.includes(path)
      ? path !== holdsPath && path !== hotfixesPath && before.has(path) && beyondPins(facts, changes, path)
      : true,
  );
  const name = `${first.service} in ${first.environment}`;
  return other === undefined
    ? { gate, ok: true, reason: 'nothing moves beside the release' }
    : { gate, ok: false, reason: `${other} changes beside the release of ${name}: one pull request for each` };
}

/** Whether a manifest differs in anything but the pins by digest that change in it; so does one that was unreadable before. */
export function beyondPins(
  { state, before, after }: PolicyFacts,
  changes: readonly PinChange[],
  path: string,
): boolean {
  const wanted = new Map(before);
  try {
    for (const { service, environment, after: digest } of changes) {
      if (digest === undefined || manifestFile(state.config, service, environment) !== path) continue;
      // The name of a first release and the label are not the policy's business; what they may stand in is.
      const { image, tag } = readPin(state.config, after, service, environment) ?? {};
      const edited = setPin(state.config, wanted, service, environment, {
        digest,
        ...(image === undefined ? {} : { image }),
        ...(tag === undefined ? {} : { tag }),
      });
      wanted.set(edited.path, edited.text);
    }
  } catch (error) {
    if (error instanceof TrunklineError) return true;
    throw error;
  }
  return wanted.get(path) !== after.get(path);
}

/** Never by tag, never past the environment before: what is pinned is there, ran there, ran here, or is a hotfix on record. */
export function order(
  facts: PolicyFacts,
  change: PinChange,
  environment: Environment,
  recorded: readonly Hotfix[],
): Verdict {
  const gate = `order of ${change.service} in ${change.environment}`;
  const { state, deployments } = facts;
  const { service, after: digest } = change;
  if (digest === undefined) return { gate, ok: false, reason: 'expected a pin by digest, found none' };
  const ran = (name: string): boolean =>
    deployments.some(
      (one) => one.service === service && one.environment === name && one.digest === digest && one.succeeded,
    );
  if (ran(environment.name)) return { gate, ok: true, reason: `${short(digest)} ran in ${environment.name} before` };
  const { from } = environment;
  if (from === undefined) return { gate, ok: true, reason: `${environment.name} is the first environment` };
  if (readPin(state.config, state.files, service, from)?.digest === digest)
    return { gate, ok: true, reason: `${short(digest)} is in ${from}` };
  if (ran(from)) return { gate, ok: true, reason: `${short(digest)} ran in ${from}` };
  const hotfix = recorded.find(
    (one) => one.service === service && one.environment === environment.name && one.digest === digest,
  );
  if (hotfix !== undefined && skips(facts, hotfix, 'order'))
    return { gate, ok: true, reason: `hotfix on record: ${hotfix.reason}` };
  return { gate, ok: false, reason: `${short(digest)} was never in ${from}: promote it there first` };
}

/** A pin stands still while it is held, in whatever words; lifting every hold of it, which people approve, may go with it. */
export function hold({ state }: PolicyFacts, change: PinChange, holdsAfter: readonly Hold[]): Verdict {
  const gate = `hold of ${change.service} in ${change.environment}`;
  if (activeHold(state, change.service, change.environment) === undefined)
    return { gate, ok: true, reason: 'not held' };
  const stays = activeHold({ ...state, holds: holdsAfter }, change.service, change.environment);
  return stays === undefined
    ? { gate, ok: true, reason: 'the hold is lifted with it' }
    : {
        gate,
        ok: false,
        waits: true,
        reason: describeHold(stays),
        ...(Number.isNaN(Date.parse(stays.until ?? '')) ? {} : { due: Date.parse(stays.until ?? '') }),
      };
}

/** The digest was published by a repository that may ship the service, by a route that leads to the environment. */
export function source(facts: PolicyFacts, change: PinChange, environment: Environment): Verdict {
  const gate = `source of ${change.service} in ${change.environment}`;
  const { service, after: digest } = change;
  const accepted = facts.state.config.accept.filter((one) => one.services.has(service)).map((one) => one.repository);
  const records = facts.published.filter(
    (one) => one.service === service && one.digest === digest && accepted.includes(one.repository),
  );
  const routes = facts.state.config.routes.filter((one) => one.to === environment.name);
  // One digest may be published more than once, from several branches: any record that fits will do.
  const record = records.find((one) => routes.length === 0 || routes.some((route) => takes(route, one)));
  const [other] = records;
  if (other === undefined)
    return {
      gate,
      ok: false,
      reason: `no accepted repository (${accepted.join(', ')}) published ${short(digest)} as ${service}`,
    };
  if (record === undefined)
    return {
      gate,
      ok: false,
      reason: `${short(digest)} was published from ${other.ref ?? 'a branch that its record does not name'}, ${environment.name} takes ${routes.map((route) => `${route.by} ${route.pattern}`).join(', ')}`,
    };
  return {
    gate,
    ok: true,
    reason: `published by ${record.repository}${record.source === undefined ? '' : ` at ${record.source.commit.slice(0, 7)}`}`,
  };
}

/** Who asked is the actor of the run that the body names, never what the body claims. */
export function requester(facts: PolicyFacts, approvalsWanted: boolean): Verdict {
  const gate = 'requester';
  const { pull, run } = facts;
  if (!pull.delivery) return { gate, ok: true, reason: `opened by ${mention(pull.author)}` };
  if (!approvalsWanted) return { gate, ok: true, reason: 'nobody has to approve' };
  if (pull.editedBy !== undefined)
    return {
      gate,
      ok: false,
      reason: `${mention(pull.editedBy)} edited the body, which names who asked; close it and ask anew`,
    };
  const named = parseTrailers(pull.body);
  const claimed = named.get(trailers.requestedBy);
  if (run === undefined)
    return {
      gate,
      ok: false,
      reason: `the body names no run of this repository (${named.get(trailers.run) ?? 'none'})`,
    };
  if (claimed !== run.actor)
    return { gate, ok: false, reason: `the body says ${claimed ?? 'nobody'}, its run was started by ${run.actor}` };
  return { gate, ok: true, reason: `asked for by ${mention(run.actor)}` };
}

/** Approvals of one team, or of a service's owners, that count: of the head as it is, by nobody who had a part in it. */
export function approvals(
  facts: PolicyFacts,
  wanted: { readonly place: string; readonly team: string; readonly teams: readonly string[]; readonly count: number },
): Verdict {
  const { pull, teams } = facts;
  const gate = `approval of ${wanted.team} for ${wanted.place}`;
  const members = new Set(wanted.teams.flatMap((slug) => teams.get(slug) ?? []));
  const parties = partiesOf(facts);
  if (pull.authors.includes(undefined))
    return {
      gate,
      ok: false,
      reason: 'a commit names no GitHub account as its author or committer: nobody can be told apart from its author',
    };
  const objection = pull.reviews.find((one) => one.state === 'CHANGES_REQUESTED' && members.has(one.author));
  if (objection !== undefined) return { gate, ok: false, reason: `${mention(objection.author)} asked for changes` };
  const given = pull.reviews.filter((one) => one.state === 'APPROVED');
  const counting = countingApprovals(facts, wanted.teams);
  const names = counting.map((one) => mention(one.author)).join(', ');
  if (counting.length >= wanted.count) return { gate, ok: true, reason: `approved by ${names}` };
  const discounted = given
    .filter((one) => !counting.includes(one))
    .map(
      (one) =>
        `${mention(one.author)} ${parties.has(one.author) ? 'asked for it or wrote it' : one.commit === pull.headOid ? 'is not in the team' : 'approved an earlier commit'}`,
    );
  const also = discounted.length === 0 ? '' : `; does not count: ${discounted.join(', ')}`;
  return {
    gate,
    ok: false,
    waits: true,
    reason: `expected ${wanted.count} of ${wanted.teams.join(' or ')}, found ${counting.length}${also}`,
  };
}

/** Slugs behind a word of `approve`. */
export function teamsFor(facts: Pick<PolicyFacts, 'state'>, team: string, service: string): readonly string[] {
  return team === 'owner' ? ownersOf(facts.state.config, service) : [team];
}

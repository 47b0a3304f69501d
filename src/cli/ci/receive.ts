import type { Command } from 'commander';
import { leftOut, requireWhole } from '../../delivery/apart.ts';
import { planBump } from '../../delivery/bump.ts';
import { joinPlans } from '../../delivery/change.ts';
import { offerOf, parseDispatch, proposesRelease, type ReleaseDispatch } from '../../delivery/dispatch-payload.ts';
import { chooseNewest } from '../../delivery/newest.ts';
import type { Operation, Plan, Request } from '../../delivery/plan.ts';
import { signatureKey } from '../../delivery/policy/signature-gate.ts';
import { planReceive } from '../../delivery/receive.ts';
import { planRollbackRenewals, rollbackUndecided } from '../../delivery/renew-rollback.ts';
import type { Standing } from '../../delivery/standing.ts';
import type { PublishedRelease, State } from '../../delivery/state.ts';
import type { GitHub } from '../../github/client.ts';
import { readEventPayload } from '../../github/event-payload.ts';
import { shortDigest } from '../../model/digest.ts';
import type { Ports } from '../../ports.ts';
import { readStandings } from '../../state/read-standings.ts';
import { readState } from '../../state/read-state.ts';
import { stepReader } from '../../state/release-facts.ts';
import { deliveryCommand } from '../delivery/options.ts';
import { type CommonOptions, finish, openSession, readRequest, type Session } from '../delivery/session.ts';
import { releaseVerification, type VerifyReleases } from './sign/verification.ts';
import { withBatches } from './with-batches.ts';

export function receiveCommand(ports: Ports): Command {
  return deliveryCommand(
    'receive',
    'deliver what the accepted repositories have published and nobody has acknowledged',
    'trunkline ci receive',
  ).action(async (options: CommonOptions) => {
    const session = await openSession(ports, options);
    const request = await readRequest(ports, session.github, { doorbell: true });
    const { client_payload: payload } = readEventPayload(ports.env);
    const foreign = proposesRelease(payload) ? parseDispatch(payload) : undefined;
    const { plan } = await finish(ports, session, options, async () => {
      const state = await readDecided(ports, session);
      const verify = await releaseVerification(ports, session.github, session.repository, state.config);
      const drained = await drain(session.github, state, request, verify);
      const taken = foreign === undefined ? [] : [await takeForeign(session.github, state, foreign, request, verify)];
      return withBatches(session.github, state, joinPlans([drained, planRollbackRenewals(state), ...taken]), request);
    });
    requireWhole(plan);
  });
}

/** What is there, once GitHub has said which rollbacks conflict with what was merged a moment ago; not for ever. */
async function readDecided(ports: Ports, session: Session): Promise<State> {
  for (let attempt = 1; ; attempt += 1) {
    const state = await readState(session.github, { ...session, releases: true, now: ports.clock.now() });
    if (!rollbackUndecided(state) || attempt === 5) return state;
    await ports.clock.sleep(2_000, ports.interrupted);
  }
}

/**
 * What a payload proposes: recorded, so that the policy finds who published it and a run that is killed loses nothing, and
 * proposed at once. Where it is on record already, whoever recorded it, that record has it delivered.
 */
async function takeForeign(
  github: GitHub,
  state: State,
  payload: ReleaseDispatch,
  request: Request,
  verify: VerifyReleases | undefined,
): Promise<Plan> {
  const offer = offerOf(state.config, payload);
  const { service, digest } = offer;
  const record = state.releases?.published.find(
    (one) => one.service === service && one.digest === digest && one.repository === offer.repository,
  );
  if (record?.delivered === false) return { operations: [], reasons: [] };
  const verdict = (await verify?.([offer]))?.get(signatureKey(service, digest));
  if (verdict?.ok === false)
    return { operations: [], reasons: [`${service}: ${shortDigest(digest)} is refused: ${verdict.reason}`] };
  const plan = planBump(state, offer, await readStandings(github, state, offer), request);
  return record === undefined ? joinPlans([{ operations: [recordOf(state, payload)], reasons: [] }, plan]) : plan;
}

/** All but the message, which nobody asks for again. */
function recordOf(state: State, { message: _, ...payload }: ReleaseDispatch): Operation {
  const { service, digest, repository } = payload;
  const said = Object.fromEntries(Object.entries(payload).filter(([, value]) => value !== undefined));
  return {
    kind: 'record',
    ref: state.baseOid,
    description: `${service} ${digest} of ${repository}`,
    payload: said as Record<string, string | number>,
  };
}

/**
 * The plan that delivers everything that is published and not acknowledged. A record only proposes: what is not signed as
 * `verify` says it must be waits as if it had never been published, and supersedes nothing.
 */
export async function drain(
  github: GitHub,
  state: State,
  request: Request,
  verify: VerifyReleases | undefined,
): Promise<Plan> {
  const { published = [], graph = new Map() } = state.releases ?? {};
  const step = stepReader(github, graph);
  const undelivered = published.filter((one) => !one.delivered);
  const verdicts = await verify?.(undelivered);
  const verdictOf = (one: PublishedRelease) => verdicts?.get(signatureKey(one.service, one.digest));
  const refused = undelivered.filter((one) => verdictOf(one)?.ok === false);
  const waiting = undelivered.filter((one) => !refused.includes(one));
  const newest = await chooseNewest(waiting, (a, b) => step(a.source, b.source));
  const standings = new Map<number, ReadonlyMap<string, Standing>>();
  const chosen: PublishedRelease[] = [];
  const faulty: Plan[] = [];
  for (const one of newest.chosen) {
    try {
      standings.set(one.record, await readStandings(github, state, one));
      chosen.push(one);
    } catch (error) {
      faulty.push(leftOut(error));
    }
  }
  const plan = joinPlans([planReceive(state, { ...newest, chosen }, standings, request), ...faulty]);
  const reasons = refused.map(
    (one) => `${one.service}: ${shortDigest(one.digest)} is refused: ${verdictOf(one)?.reason}`,
  );
  return { ...plan, reasons: [...reasons, ...plan.reasons] };
}

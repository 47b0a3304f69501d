import { readPin } from '../../manifest/manifest.ts';
import { type Digest, shortDigest } from '../../model/digest.ts';
import type { Environment } from '../../model/environment.ts';
import { parseTrailers, trailers } from '../../model/trailer.ts';
import { healthOf } from '../policy/soak.ts';
import type { Deployed, HealthReport, State } from '../state.ts';

/** What an agent or a probe said of a service at a time; `SUCCESS` is synced and healthy. */
export interface Observed {
  readonly state: 'SUCCESS' | 'IN_PROGRESS' | 'FAILURE' | 'ERROR';
  /** ISO 8601 */
  readonly at: string;
  readonly description: string;
}

/** What is known of one service in an environment, oldest first; nothing was seen of it where it is empty. */
export interface Sighting {
  readonly service: string;
  /** The infra repository's commit that the reports are about. */
  readonly commit: string;
  /** What that commit pins. */
  readonly digest: Digest | undefined;
  readonly reports: readonly Observed[];
  /** Whether everything was looked at that tells: then silence says that nobody knows. */
  readonly whole?: boolean;
}

export interface HealthPlan {
  /** Deployment records to make or to go on with, each with the reports that it lacks. */
  readonly records: readonly HealthRecord[];
  /** Commit statuses on heads of pull requests. */
  readonly statuses: readonly HealthStatus[];
  /** Services whose pinned release does not serve: what a rollback is for. */
  readonly failed: readonly string[];
  /** Images by digest that are seen healthy for the first time since they were pinned. */
  readonly arrived: readonly string[];
  readonly reasons: readonly string[];
}

export interface HealthRecord {
  readonly service: string;
  readonly digest: Digest;
  readonly commit: string;
  /** Of the deployment; undefined where one has to be made. */
  readonly deployment: number | undefined;
  readonly reports: readonly Observed[];
}

export interface HealthStatus {
  readonly sha: string;
  readonly context: string;
  readonly state: 'success' | 'pending' | 'failure' | 'error';
  readonly description: string;
}

export interface HealthRequest {
  readonly environment: Environment;
  readonly sightings: readonly Sighting[];
  /** Soak that statuses are written for, in milliseconds, and its name: `24h`. */
  readonly soak: { readonly milliseconds: number; readonly name: string };
  /** Before the contexts: `argo-cd-`. */
  readonly prefix: string;
  /** Statuses of heads as they are, by `sha context`. */
  readonly known: ReadonlyMap<string, Pick<HealthStatus, 'state' | 'description'>>;
}

/** What has to be written for what was seen. Only changes are: GitHub keeps 1,000 statuses of a commit and context. */
export function planHealth(state: State, request: HealthRequest): HealthPlan {
  const { environment, sightings } = request;
  const records: HealthRecord[] = [];
  const failed: string[] = [];
  const arrived: string[] = [];
  const reasons: string[] = [];
  let deployments = [...state.deployments];
  for (const sighting of sightings) {
    const { service } = sighting;
    const name = `${service} in ${environment.name}`;
    const pin = readPin(state.config, state.files, service, environment.name);
    const pinned = pin?.digest;
    const last = sighting.reports.at(-1);
    if (pinned === undefined) reasons.push(`${name}: nothing is pinned`);
    else if (last === undefined) reasons.push(`${name}: nothing tells how ${shortDigest(pinned)} is`);
    else if (sighting.digest !== pinned)
      reasons.push(
        `${name}: ${shortDigest(pinned)} has not arrived, what is told is of ${sighting.commit.slice(0, 7)}`,
      );
    const latest = deployments.find((one) => one.service === service && one.environment === environment.name);
    const own = latest?.digest === pinned ? latest : undefined;
    if (pinned !== undefined && lost(own, pinned, sighting)) {
      const at = new Date(state.now).toISOString();
      const report: Observed = { state: 'ERROR', at, description: 'what was healthy is not told of any more' };
      records.push({ service, digest: pinned, commit: sighting.commit, deployment: own?.id, reports: [report] });
      deployments = [
        grown(own, service, environment.name, pinned, [report], state.now),
        ...deployments.filter((one) => one !== own),
      ];
    }
    if (pinned === undefined || last === undefined || sighting.digest !== pinned) continue;
    const missing = missingReports(own?.reports ?? [], sighting.reports);
    reasons.push(
      `${name}: ${shortDigest(pinned)} ${last.state.toLowerCase()}${last.description === '' ? '' : `, ${last.description}`}`,
    );
    // Of what nobody can tell, an agent that cannot reach its cluster above all, nothing is put back.
    if (last.state === 'FAILURE') failed.push(service);
    const before = (own?.reports ?? []).some((one) => one.state === 'SUCCESS');
    if (last.state === 'SUCCESS' && !before && pin?.image !== undefined) arrived.push(`${pin.image}@${pinned}`);
    if (missing.length === 0) continue;
    records.push({ service, digest: pinned, commit: sighting.commit, deployment: own?.id, reports: missing });
    deployments = [
      grown(own, service, environment.name, pinned, missing, state.now),
      ...deployments.filter((one) => one !== own),
    ];
  }
  const after = { ...state, deployments };
  return { records, statuses: statusesOf(after, request), failed, arrived, reasons };
}

/** Whether a release that was healthy is told of no more: somebody put another there by hand, or took it away. */
function lost(own: Deployed | undefined, pinned: Digest, { digest, whole }: Sighting): boolean {
  if (own?.reports?.[0]?.state !== 'SUCCESS' || digest === pinned) return false;
  return digest !== undefined || whole === true;
}

function grown(
  own: Deployed | undefined,
  service: string,
  environment: string,
  digest: Digest,
  missing: readonly Observed[],
  now: number,
): Deployed {
  const at = new Date(now).toISOString();
  const reports = [...missing.map(({ state }) => ({ state, at })).reverse(), ...(own?.reports ?? [])];
  return { service, environment, digest, commit: own?.commit ?? '', succeeded: true, reports, at };
}

/**
 * What a record does not know of yet. Its own reports are written later than what they tell, so a record that is healthy
 * since before the last recovery that was observed has missed that illness: it is written too, and the soak begins anew.
 */
export function missingReports(recorded: readonly HealthReport[], observed: readonly Observed[]): readonly Observed[] {
  const last = observed.at(-1);
  if (last === undefined) return [];
  const [latest] = recorded;
  const wasHealthy = latest?.state === 'SUCCESS';
  if (last.state !== 'SUCCESS') return latest?.state === last.state ? [] : [last];
  if (!wasHealthy) return [last];
  const ill = observed.findLastIndex((one) => one.state !== 'SUCCESS');
  const illness = observed[ill];
  const recovery = observed[ill + 1];
  if (illness === undefined || recovery === undefined) return [];
  const broken = recorded.findIndex((one) => one.state !== 'SUCCESS');
  const since = (broken < 0 ? recorded : recorded.slice(0, broken)).at(-1)?.at ?? '';
  return Date.parse(since) < Date.parse(recovery.at) ? [illness, last] : [];
}

/** For each pull request that would bring this environment's releases on, whether it has them, and healthy for how long. */
function statusesOf(state: State, { environment, soak, prefix, known }: HealthRequest): readonly HealthStatus[] {
  const next = state.config.environments.filter((one) => one.from === environment.name).map((one) => one.name);
  return state.pulls.flatMap(({ body, headOid }) => {
    const said = parseTrailers(body);
    const [service, to, digest] = [
      said.get(trailers.service),
      said.get(trailers.environment),
      said.get(trailers.digest),
    ];
    if (service === undefined || digest === undefined || !next.includes(to ?? '')) return [];
    const found = healthOf(state.deployments, service, environment.name, digest as Digest);
    const base = `${prefix}${environment.name}`;
    const wanted: readonly HealthStatus[] = [
      { sha: headOid, context: `${base}-synced`, ...sayHealth(found, 0, state.now) },
      { sha: headOid, context: `${base}-healthy-${soak.name}`, ...sayHealth(found, soak.milliseconds, state.now) },
    ];
    return wanted.filter((one) => {
      const now = known.get(`${one.sha} ${one.context}`);
      return now?.state !== one.state || now.description !== one.description;
    });
  });
}

/** Only what is known to be well is a success. */
function sayHealth(
  found: ReturnType<typeof healthOf>,
  wanted: number,
  now: number,
): Pick<HealthStatus, 'state' | 'description'> {
  switch (found.kind) {
    case 'unknown':
      return { state: 'pending', description: 'nothing tells how it is' };
    case 'other':
      return { state: 'pending', description: `${shortDigest(found.digest)} is there, another release` };
    case 'ill':
      return {
        state: found.state === 'in_progress' ? 'pending' : found.state === 'error' ? 'error' : 'failure',
        description: `it is ${found.state}`,
      };
    case 'healthy': {
      const since = new Date(found.since).toISOString().slice(0, 16);
      if (now - found.since >= wanted) return { state: 'success', description: `healthy since ${since}Z` };
      const until = new Date(found.since + wanted).toISOString().slice(0, 16);
      return { state: 'pending', description: `healthy since ${since}Z, wanted until ${until}Z` };
    }
  }
}

import type { EnvironmentsConfig } from '../../config/config.ts';
import { TrunklineError } from '../../errors.ts';
import { readPin } from '../../manifest/manifest.ts';
import type { Digest } from '../../model/digest.ts';
import type { Environment } from '../../model/environment.ts';
import type { Hotfix } from '../../model/hotfix.ts';
import { short } from '../in-words.ts';
import { healthyOnce, liesBehind } from '../lineage.ts';
import type { Deployed } from '../state.ts';
import { freezeState } from './freeze-spans.ts';
import { minute } from './policy-status.ts';

/** What a deploy job knows by itself: the commit that it deploys, the repository's deployments, the time. */
export interface DeployFacts {
  readonly config: EnvironmentsConfig;
  /** Manifests and calendars of the commit. */
  readonly files: ReadonlyMap<string, string>;
  readonly hotfixes: readonly Hotfix[];
  /** Of the environment and of the one before, newest first. */
  readonly deployments: readonly Deployed[];
  readonly now: number;
}

/**
 * Why a release must not be deployed now although it was merged; undefined where nothing is against it. `freeze` is what
 * only the policy's own word on the pull request could still allow.
 */
export function refuseDeploy(
  facts: DeployFacts,
  service: string,
  environment: Environment,
  digest: Digest,
): { readonly gate: 'order' | 'freeze'; readonly reason: string } | undefined {
  const { config, deployments } = facts;
  const { from, gates } = environment;
  const here = healthyOnce(deployments, service, environment.name);
  const before = deployments.find((one) => one.service === service && one.environment === environment.name)?.digest;
  if (here.includes(digest) && (before === digest || liesBehind(here, before, digest))) return undefined;
  const record = facts.hotfixes.find(
    (one) => one.service === service && one.environment === environment.name && one.digest === digest,
  );
  const skips = (gate: 'order' | 'freeze'): boolean =>
    record?.gates.includes(gate) === true && config.hotfix.skip.includes(gate);
  // Where the environment before is not deployed by us, nothing is known of it.
  const told = from !== undefined && deployments.some((one) => one.environment === from);
  if (from !== undefined && told && !skips('order')) {
    const pinned = readPin(config, facts.files, service, from)?.digest === digest;
    if (!pinned && !healthyOnce(deployments, service, from).includes(digest))
      return { gate: 'order', reason: `${short(digest)} was never healthy in ${from}` };
  }
  const named = config.freezes.filter((one) => gates.freeze.includes(one.name));
  if (named.length === 0 || skips('freeze')) return undefined;
  try {
    const { active, until } = freezeState(named, facts.files, facts.now);
    if (active.length === 0) return undefined;
    const names = active.map((one) => one.freeze.name).join(', ');
    return { gate: 'freeze', reason: `frozen (${names}) until ${minute(until ?? facts.now)}` };
  } catch (error) {
    if (!(error instanceof TrunklineError)) throw error;
    return { gate: 'freeze', reason: error.message };
  }
}

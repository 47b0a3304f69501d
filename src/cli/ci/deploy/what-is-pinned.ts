import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type EnvironmentsConfig, manifestFile, serviceNames } from '../../../config/config.ts';
import { leftOut } from '../../../delivery/apart.ts';
import { joinPlans } from '../../../delivery/change.ts';
import type { Plan } from '../../../delivery/plan.ts';
import type { Deployed } from '../../../delivery/state.ts';
import { readPin } from '../../../manifest/manifest.ts';
import type { Pin } from '../../../manifest/pin.ts';
import type { Digest } from '../../../model/digest.ts';
import type { Environment } from '../../../model/environment.ts';

/** A service with the release that the checkout pins for it. */
export interface Wanted {
  readonly service: string;
  readonly pin: Pin & { readonly digest: Digest };
}

/** A service that is pinned, and not by digest. */
export interface Tagged {
  readonly service: string;
  readonly file: string;
  readonly text: string;
}

/** What a checkout pins in an environment. A manifest that cannot be read keeps its own services from being deployed, and no others. */
export function whatIsPinned(
  cwd: string,
  config: EnvironmentsConfig,
  environment: string,
  only: string | undefined,
): { readonly pinned: readonly Wanted[]; readonly tagged: readonly Tagged[]; readonly faulty: Plan } {
  const pinned: Wanted[] = [];
  const tagged: Tagged[] = [];
  const faulty: Plan[] = [];
  for (const service of only === undefined ? serviceNames(config) : [only]) {
    try {
      const file = manifestFile(config, service, environment);
      const path = join(cwd, file);
      const files = new Map(existsSync(path) ? [[file, readFileSync(path, 'utf8')] as const] : []);
      const pin = readPin(config, files, service, environment);
      if (pin?.digest !== undefined) pinned.push({ service, pin: { ...pin, digest: pin.digest } });
      else if (pin !== undefined) tagged.push({ service, file, text: pin.text });
    } catch (error) {
      faulty.push(leftOut(error));
    }
  }
  return { pinned, tagged, faulty: joinPlans(faulty) };
}

/** The record of a deployment of this release, from this commit, that a run began and did not end. */
export function begunRecord(
  deployments: readonly Deployed[],
  { name }: Environment,
  commit: string,
  { service, pin }: Wanted,
): number | undefined {
  const last = deployments.find((one) => one.service === service && one.environment === name);
  const begun = (last?.reports ?? []).every(({ state }) => ['PENDING', 'QUEUED', 'IN_PROGRESS'].includes(state));
  return begun && last?.digest === pin.digest && last.commit === commit ? last.id : undefined;
}

/** Whether its last deployment there is of this release, and was healthy. */
export function isThere(deployments: readonly Deployed[], { name }: Environment, { service, pin }: Wanted): boolean {
  const last = deployments.find((one) => one.service === service && one.environment === name);
  return last?.digest === pin.digest && last.succeeded;
}

/** Whether its last deployment there was of this very commit: an earlier attempt did it. */
export function isBy(deployments: readonly Deployed[], { name }: Environment, one: Wanted, commit: string): boolean {
  return (
    deployments.find(({ service, environment }) => service === one.service && environment === name)?.commit === commit
  );
}

/** Whether what this very commit pins was deployed and did not serve, whatever came after it. */
export function failedBy(
  deployments: readonly Deployed[],
  { name }: Environment,
  { service }: { readonly service: string },
  commit: string,
): boolean {
  const own = deployments.find((one) => one.service === service && one.environment === name && one.commit === commit);
  return own?.succeeded === false;
}

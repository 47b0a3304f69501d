import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Clock } from '../../../ports.ts';
import { createRegistryClient } from '../../../registry/registry-client.ts';
import { type ActionCall, type BuiltInAction, input } from '../../../runner/actions/action.ts';
import { inWorkspace } from '../build-folder.ts';
import { loginOf } from '../docker-config.ts';
import { advisories } from './advisories.ts';
import { pulled } from './pulled.ts';
import type { Scanner } from './results.ts';
import { everySeverity, type Scanned, trivyReport } from './trivy-report.ts';

/**
 * aquasecurity/trivy-action: compares npm's lock files, of a folder or of an image in the lab's registry, with a handful
 * of known advisories, and writes Trivy's JSON. It finds little else, and says so.
 */
export function trivyAction(network: {
  readonly fetch: typeof globalThis.fetch;
  readonly clock: Clock;
}): BuiltInAction {
  return {
    name: 'aquasecurity/trivy-action',
    fidelity: 'stand-in',
    run: async (call) => {
      const format = input(call, 'format', 'table');
      if (format !== 'json' && format !== 'table')
        throw new Error(`the stand-in for Trivy writes json or table, not ${format}`);
      const scratch = await mkdtemp(join(call.temp, 'trivy-'));
      try {
        const scanned = await whatToScan(call, network, scratch);
        const scanners = input(call, 'scanners', 'vuln,secret').split(',') as Scanner[];
        const severity = input(call, 'severity', everySeverity);
        const { json, found } = await trivyReport(scanned, scanners, severity, network.clock.now());
        call.log(`stand-in: compared ${scanned.name} with ${advisories.length} advisories; this is no scan`);
        for (const one of found) call.log(one);
        const output = input(call, 'output');
        if (output !== '' && format === 'json') await writeFile(resolve(call.workspace, output), json);
        const stops = found.length > 0 && Number(input(call, 'exit-code', '0')) !== 0;
        return { conclusion: stops ? 'failure' : 'success' };
      } finally {
        await rm(scratch, { recursive: true, force: true });
      }
    },
  };
}

async function whatToScan(
  call: ActionCall,
  network: { readonly fetch: typeof globalThis.fetch; readonly clock: Clock },
  scratch: string,
): Promise<Scanned> {
  const kind = input(call, 'scan-type', 'image');
  if (kind === 'fs') {
    const name = input(call, 'scan-ref', '.');
    return { name, type: 'filesystem', repoDigests: [], folder: await inWorkspace(call, name) };
  }
  if (kind !== 'image') throw new Error(`the stand-in for Trivy scans fs and image, not ${kind}`);
  const registry = createRegistryClient({ ...network, credentials: (host) => loginOf(call, host) });
  return pulled(registry, input(call, 'image-ref'), scratch);
}

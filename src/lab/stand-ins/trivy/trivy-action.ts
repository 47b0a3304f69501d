import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { satisfies } from 'semver';
import type { Clock } from '../../../ports.ts';
import { parseImageReference } from '../../../registry/image-reference.ts';
import { createRegistryClient } from '../../../registry/registry-client.ts';
import { type ActionCall, type BuiltInAction, input } from '../../../runner/actions/action.ts';
import { unpackImage } from '../../deploy/unpack-image.ts';
import { inWorkspace } from '../build-folder.ts';
import { loginOf } from '../docker-config.ts';
import { advisories } from './advisories.ts';

interface Scanned {
  readonly name: string;
  readonly type: 'filesystem' | 'container_image';
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly folder: string;
}

/**
 * aquasecurity/trivy-action: compares npm's lock files, of a folder or of an image in the lab's registry, with a handful
 * of known advisories, and writes Trivy's JSON. It finds nothing else, and says so.
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
        const results = (await resultsOf(scanned.folder)).map((one) => ({
          ...one,
          Vulnerabilities: one.Vulnerabilities.filter((found) => wanted(call, found.Severity)),
        }));
        const found = results.flatMap((one) => one.Vulnerabilities);
        call.log(
          `stand-in: compared npm's lock files of ${scanned.name} with ${advisories.length} advisories; this is no scan`,
        );
        for (const one of found)
          call.log(
            `${one.Severity} ${one.VulnerabilityID} ${one.PkgName} ${one.InstalledVersion} → ${one.FixedVersion}`,
          );
        const output = input(call, 'output');
        if (output !== '' && format === 'json')
          await writeFile(
            resolve(call.workspace, output),
            JSON.stringify({
              SchemaVersion: 2,
              CreatedAt: new Date(network.clock.now()).toISOString(),
              ArtifactName: scanned.name,
              ArtifactType: scanned.type,
              Metadata: scanned.metadata,
              Results: results,
            }),
          );
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
    return { name, type: 'filesystem', metadata: {}, folder: await inWorkspace(call, name) };
  }
  if (kind !== 'image') throw new Error(`the stand-in for Trivy scans fs and image, not ${kind}`);
  const name = input(call, 'image-ref');
  const image = parseImageReference(name);
  const registry = createRegistryClient({ ...network, credentials: (host) => loginOf(call, host) });
  const found = await registry.resolve(image);
  if (found === undefined) throw new Error(`unable to find the specified image "${name}"`);
  await unpackImage(registry, { ...image, digest: found.digest }, scratch);
  const digests = [`${image.registry}/${image.repository}@${found.digest}`];
  return { name, type: 'container_image', metadata: { RepoDigests: digests }, folder: scratch };
}

interface TrivyFinding {
  readonly VulnerabilityID: string;
  readonly PkgName: string;
  readonly InstalledVersion: string;
  readonly FixedVersion: string;
  readonly Status: 'fixed';
  readonly Severity: string;
  readonly Title: string;
}

async function resultsOf(folder: string) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((one) => one.isFile() && one.name === 'package-lock.json' && !/\bnode_modules\b/.test(one.parentPath))
    .map((one) => join(one.parentPath, one.name));
  return Promise.all(
    files.map(async (file) => ({
      Target: relative(folder, file),
      Class: 'lang-pkgs',
      Type: 'npm',
      Vulnerabilities: compare(await readFile(file, 'utf8')),
    })),
  );
}

/** Packages of a lock file of version 2 or 3 that an advisory speaks of. */
function compare(lock: string): readonly TrivyFinding[] {
  const { packages = {} } = JSON.parse(lock) as { packages?: Record<string, { version?: string }> };
  return Object.entries(packages).flatMap(([path, { version = '' }]) => {
    const name = path.replace(/^.*node_modules\//, '');
    return advisories
      .filter((one) => one.package === name && satisfies(version, one.affected))
      .map((one) => ({
        VulnerabilityID: one.id,
        PkgName: name,
        InstalledVersion: version,
        FixedVersion: one.fixed,
        Status: 'fixed' as const,
        Severity: one.severity,
        Title: one.title,
      }));
  });
}

/** Everything that the stand-in knows of has a fix: `ignore-unfixed` leaves nothing out. */
function wanted(call: ActionCall, severity: string): boolean {
  const asked = input(call, 'severity', 'UNKNOWN,LOW,MEDIUM,HIGH,CRITICAL').split(',');
  return asked.map((one) => one.trim()).includes(severity);
}

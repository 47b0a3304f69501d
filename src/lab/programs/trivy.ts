import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { dockerCredentials } from '../../registry/docker-credentials.ts';
import { createRegistryClient } from '../../registry/registry-client.ts';
import { advisories } from '../stand-ins/trivy/advisories.ts';
import { pulled, unpackedLayout } from '../stand-ins/trivy/pulled.ts';
import type { Scanner } from '../stand-ins/trivy/results.ts';
import { everySeverity, type Scanned, trivyReport } from '../stand-ins/trivy/trivy-report.ts';
import { type Given, notKnown, type Program, type ProgramCall, readFlags } from './program.ts';

const scanners = ['vuln', 'secret', 'misconfig'] as const;

/** `trivy fs`, `trivy config` and `trivy image`, which may lie in a folder (`--input`): writes Trivy's JSON. */
export const trivy: Program = async ({ words, ports }) => {
  const [command = '', ...rest] = words;
  const given = readFlags(rest, {
    program: 'trivy',
    values: {
      '--input': 'input',
      '--scanners': 'scanners',
      '--format': 'format',
      '-f': 'format',
      '--output': 'output',
      '-o': 'output',
      '--severity': 'severity',
      '-s': 'severity',
      '--exit-code': 'code',
    },
    switches: ['--quiet', '-q', '--no-progress'],
  });
  const value = (name: string, otherwise: string): string => given.values.get(name)?.at(-1) ?? otherwise;
  const format = value('format', 'table');
  if (format !== 'json' && format !== 'table') throw notKnown('trivy', `--format ${format}`);
  const asked = command === 'config' ? ['misconfig'] : value('scanners', 'vuln,secret').split(',');
  const unknown = asked.find((one) => !scanners.includes(one as Scanner));
  if (unknown !== undefined) throw notKnown('trivy', `--scanners ${unknown}`);
  const scratch = await mkdtemp(join(tmpdir(), 'trivy-'));
  try {
    const scanned = await whatToScan(command, given, ports, scratch);
    const severity = value('severity', everySeverity);
    const { json, found } = await trivyReport(scanned, asked as Scanner[], severity, ports.clock.now());
    ports.stderr.write(
      `stand-in for trivy: compared ${scanned.name} with ${advisories.length} advisories and a few patterns; this is no scan\n`,
    );
    for (const one of found) ports.stderr.write(`${one}\n`);
    const output = value('output', '');
    const text = format === 'json' ? `${json}\n` : `${found.join('\n')}\n`;
    if (output === '') ports.stdout.write(text);
    else await writeFile(resolve(ports.cwd, output), text);
    return found.length > 0 ? Number(value('code', '0')) : 0;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
};

async function whatToScan(
  command: string,
  { values, rest }: Given,
  ports: ProgramCall['ports'],
  scratch: string,
): Promise<Scanned> {
  const layout = values.get('input')?.at(-1);
  const [name] = rest;
  switch (command) {
    case 'fs':
    case 'filesystem':
    case 'config':
      return { name: name ?? '.', type: 'filesystem', repoDigests: [], folder: resolve(ports.cwd, name ?? '.') };
    case 'image': {
      if (layout !== undefined) return unpackedLayout(resolve(ports.cwd, layout), scratch);
      const credentials = dockerCredentials(ports.env);
      return pulled(createRegistryClient({ fetch: ports.fetch, clock: ports.clock, credentials }), name ?? '', scratch);
    }
    default:
      throw notKnown('trivy', command);
  }
}

import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { satisfies } from 'semver';
import { parseDockerfile } from '../../image/dockerfile.ts';
import { advisories } from './advisories.ts';
import { secretPatterns } from './secret-patterns.ts';

/** What Trivy's `--scanners` and `trivy config` look for. */
export type Scanner = 'vuln' | 'secret' | 'misconfig';

/** An entry of `Results` of Trivy's JSON. */
export interface TrivyResult {
  readonly Target: string;
  readonly Class: string;
  readonly Type?: string;
  readonly Vulnerabilities?: readonly TrivyVulnerability[];
  readonly Secrets?: readonly TrivyFinding[];
  readonly Misconfigurations?: readonly TrivyFinding[];
}

interface TrivyVulnerability {
  readonly VulnerabilityID: string;
  readonly PkgName: string;
  readonly InstalledVersion: string;
  readonly FixedVersion: string;
  readonly Status: 'fixed';
  readonly Severity: string;
  readonly Title: string;
}

interface TrivyFinding {
  readonly Severity: string;
  readonly Title: string;
  readonly [name: string]: unknown;
}

/** Files larger than this are no source. */
const largest = 1024 * 1024;

/** Looks at a folder; everything is found that the stand-in knows of, whatever its severity. */
export async function trivyResults(folder: string, scanners: readonly Scanner[]): Promise<readonly TrivyResult[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((one) => one.isFile())
    .map((one) => join(one.parentPath, one.name))
    .filter((file) => !/(?:^|\/)(?:node_modules|\.git)\//.test(relative(folder, file)))
    .sort();
  const results: TrivyResult[] = [];
  for (const file of files) {
    const Target = relative(folder, file);
    const name = Target.slice(Target.lastIndexOf('/') + 1);
    if (scanners.includes('vuln') && name === 'package-lock.json')
      results.push({
        Target,
        Class: 'lang-pkgs',
        Type: 'npm',
        Vulnerabilities: vulnerable(await readFile(file, 'utf8')),
      });
    if (scanners.includes('misconfig') && /^Dockerfile(?:\.|$)/.test(name)) {
      const Misconfigurations = misconfigured(await readFile(file, 'utf8'), Target);
      results.push({ Target, Class: 'config', Type: 'dockerfile', Misconfigurations });
    }
    if (scanners.includes('secret') && (await stat(file)).size <= largest) {
      const Secrets = secretsOf(await readFile(file, 'utf8'));
      if (Secrets.length > 0) results.push({ Target, Class: 'secret', Secrets });
    }
  }
  return results;
}

/** Packages of a lock file of version 2 or 3 that an advisory speaks of. */
function vulnerable(lock: string): readonly TrivyVulnerability[] {
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

/** DS-0002 alone: whom the image runs as. */
function misconfigured(text: string, file: string): readonly TrivyFinding[] {
  const users = parseDockerfile(text, file).filter(({ name }) => name === 'USER');
  const last = users.at(-1);
  if (last !== undefined && !/^(?:root|0)(?::|$)/.test(last.text)) return [];
  return [
    {
      Type: 'Dockerfile Security Check',
      ID: 'DS-0002',
      Title: 'Image user should not be "root"',
      Message:
        last === undefined
          ? 'Specify at least 1 USER command in Dockerfile with non-root user as argument'
          : "Last USER command in Dockerfile should not be 'root'",
      Severity: 'HIGH',
      Status: 'FAIL',
      ...(last === undefined ? {} : { CauseMetadata: { StartLine: last.line, EndLine: last.line } }),
    },
  ];
}

/** Where they stand; what they are is shown to nobody. */
function secretsOf(text: string): readonly TrivyFinding[] {
  return text.split('\n').flatMap((line, index) =>
    secretPatterns
      .filter(({ pattern }) => pattern.test(line))
      .map(({ id, title, severity }) => ({
        RuleID: id,
        Title: title,
        Severity: severity,
        StartLine: index + 1,
        EndLine: index + 1,
        Match: '*****',
      })),
  );
}

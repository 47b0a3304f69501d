import type { Scanner, TrivyResult } from './results.ts';
import { trivyResults } from './results.ts';

export interface Scanned {
  readonly name: string;
  readonly type: 'filesystem' | 'container_image';
  /** Of an image in a registry. */
  readonly repoDigests: readonly string[];
  readonly folder: string;
}

export interface TrivyReport {
  /** As Trivy writes it. */
  readonly json: string;
  /** A line each. */
  readonly found: readonly string[];
}

/** Trivy's JSON (SchemaVersion 2) of a folder, with what has one of the severities asked for. */
export async function trivyReport(
  scanned: Scanned,
  scanners: readonly Scanner[],
  severity: string,
  now: number,
): Promise<TrivyReport> {
  const asked = severity.split(',').map((one) => one.trim());
  const wanted = <One extends { readonly Severity: string }>(list: readonly One[]): readonly One[] =>
    list.filter((one) => asked.includes(one.Severity));
  const results = (await trivyResults(scanned.folder, scanners)).map(
    ({ Vulnerabilities, Secrets, Misconfigurations, ...one }): TrivyResult => ({
      ...one,
      ...(Vulnerabilities === undefined ? {} : { Vulnerabilities: wanted(Vulnerabilities) }),
      ...(Secrets === undefined ? {} : { Secrets: wanted(Secrets) }),
      ...(Misconfigurations === undefined ? {} : { Misconfigurations: wanted(Misconfigurations) }),
    }),
  );
  return {
    json: JSON.stringify({
      SchemaVersion: 2,
      CreatedAt: new Date(now).toISOString(),
      ArtifactName: scanned.name,
      ArtifactType: scanned.type,
      Metadata: scanned.repoDigests.length === 0 ? {} : { RepoDigests: scanned.repoDigests },
      Results: results,
    }),
    found: results.flatMap(({ Target, Vulnerabilities = [], Secrets = [], Misconfigurations = [] }) => [
      ...Vulnerabilities.map(
        (one) => `${one.Severity} ${one.VulnerabilityID} ${one.PkgName} ${one.InstalledVersion} → ${one.FixedVersion}`,
      ),
      ...[...Secrets, ...Misconfigurations].map((one) => `${one.Severity} ${one.Title} in ${Target}`),
    ]),
  };
}

export const everySeverity = 'UNKNOWN,LOW,MEDIUM,HIGH,CRITICAL';

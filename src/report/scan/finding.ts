/** Weakest first. `unknown`: the tool says that it does not know. */
export const severities = ['unknown', 'low', 'medium', 'high', 'critical'] as const;
export type Severity = (typeof severities)[number];

export const kinds = ['vulnerability', 'secret', 'misconfiguration'] as const;
export type Kind = (typeof kinds)[number];

/** What a tool found. Never the secret itself. Texts are the report's own: print them through `plainText`. */
export interface Finding {
  readonly kind: Kind;
  readonly id: string;
  /** Other names of the same thing: CVE, GHSA. */
  readonly aliases: readonly string[];
  readonly severity: Severity;
  readonly title: string;
  /** A file, a lock file, an image's layer, as the tool names it. */
  readonly target: string;
  readonly line?: number;
  readonly package?: string;
  readonly installed?: string;
  /** Versions that mend it; empty where there is none, absent where the report cannot tell. */
  readonly fixed?: readonly string[];
  /** The report says that somebody set it aside. */
  readonly suppressed: boolean;
  /** Whether a secret was tried and works, where the tool tries. */
  readonly verified?: boolean;
}

/** About the scan as a whole, as far as the report says. */
export interface ScanFacts {
  readonly tool: string;
  /** ISO 8601 */
  readonly scannedAt?: string;
  /** `sha256:…` of the image that was scanned, by all its names; empty for anything else. */
  readonly digests: readonly string[];
}

/** By the word that a tool uses; undefined for one that no tool is known to use. */
export function parseSeverity(word: string): Severity | undefined {
  const known: Readonly<Record<string, Severity>> = {
    unknown: 'unknown',
    undefined: 'unknown',
    none: 'unknown',
    negligible: 'low',
    info: 'low',
    low: 'low',
    medium: 'medium',
    moderate: 'medium',
    high: 'high',
    important: 'high',
    critical: 'critical',
  };
  return known[word.toLowerCase()];
}

/** By a CVSS base score from 0 to 10 (first.org, CVSS 3.1 §5 and 4.0 §6). */
export function severityOfScore(score: number): Severity {
  if (!(score > 0)) return 'unknown';
  return score >= 9 ? 'critical' : score >= 7 ? 'high' : score >= 4 ? 'medium' : 'low';
}

export function atLeast(severity: Severity, threshold: Severity): boolean {
  return severities.indexOf(severity) >= severities.indexOf(threshold);
}

/** A report's text on one line of a terminal or a log: it can neither move a cursor nor give GitHub's runner a command. */
export function plainText(text: string, length = 300): string {
  const line = text
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g, ' ')
    .replaceAll('##[', '## [')
    .replaceAll('::', ': :')
    .trim();
  return line.length > length ? `${line.slice(0, length - 1)}…` : line;
}

import { detectPins } from '../../manifest/detect-pins.ts';
import type { Layout, SeenEnvironment } from './layout.ts';

const json = /^(?:envs|environments)\/([^/]+)\.json$/;

/** The layout of a repository that says nothing of it; undefined where nothing pins an image. */
export async function detectLayout(
  paths: readonly string[],
  read: (paths: readonly string[]) => Promise<ReadonlyMap<string, string>>,
): Promise<Layout | undefined> {
  const files = paths.filter((path) => json.test(path));
  const texts = await read(files);
  const pinning = files.filter((path) => detectPins(texts.get(path) ?? '').length > 0);
  if (pinning.length === 0) return undefined;
  return {
    source: 'detected',
    said: pinning.join(', '),
    environments: inOrder(pinning.map((path) => json.exec(path)?.[1] ?? '')),
    isManifest: (path) => json.test(path),
    read: (path, text) => {
      const found = detectPins(text);
      if (found.length === 0 && !isJson(text)) return undefined;
      return found.map(({ service, pin }) => ({ service, environment: json.exec(path)?.[1] ?? '', pin }));
    },
    owners: () => [],
  };
}

/** Environments in the order that their names suggest, each fed by the one before. */
export function inOrder(names: readonly string[]): readonly SeenEnvironment[] {
  const rank = (name: string): number => {
    const found = ranks.findIndex((pattern) => pattern.test(name));
    return found === -1 ? 2.5 : found;
  };
  const sorted = [...new Set(names)].sort((a, b) => rank(a) - rank(b) || a.localeCompare(b));
  return sorted.map((name, index) => {
    // Regions and waves of one kind are fed by the kind before, not by each other.
    const before = sorted.slice(0, index).filter((other) => rank(other) < rank(name));
    const from = before.at(-1);
    return { name, ...(from === undefined ? {} : { from }) };
  });
}

const ranks = [
  /(?:^|[^a-z])(?:local|sandbox|preview)/i,
  /(?:^|[^a-z])dev/i,
  /(?:^|[^a-z])(?:ci|int|integration|test|testing|qa|sit)(?:[^a-z]|$)/i,
  /(?:^|[^a-z])(?:stag|stage|stg|uat|accept)/i,
  /(?:^|[^a-z])(?:pre-?prod|canary)/i,
  /(?:^|[^a-z])(?:prod|production|prd|live)/i,
];

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

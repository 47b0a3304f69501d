import { type DetectedPlace, detectPlaces, mayHoldPins } from '../../manifest/detect-places.ts';
import { environmentOf } from '../../manifest/environment-of.ts';
import { environmentRank, unknownRank } from '../../manifest/environment-rank.ts';
import { compareText } from '../../model/compare-text.ts';
import type { Layout, Seen, SeenEnvironment } from './layout.ts';
import { type QuickImage, quickKustomizeImages } from './quick-kustomize.ts';

/** The layout of a repository that says nothing of it; undefined where nothing pins an image. */
export async function detectLayout(
  paths: readonly string[],
  read: (paths: readonly string[]) => Promise<ReadonlyMap<string, string>>,
): Promise<Layout | undefined> {
  const candidates = paths.filter(isManifest);
  const all = await read(candidates);
  const texts = new Map(candidates.map((path) => [path, all.get(path) ?? '']));
  const quick = new Map<string, readonly Seen[]>();
  for (const [path, text] of texts) {
    const images = isKustomization(path) ? quickKustomizeImages(text) : undefined;
    if (images !== undefined) quick.set(path, overlay(path, images));
  }
  const rest = new Map([...texts].filter(([path]) => !quick.has(path)));
  const { places, unreadable } = detectPlaces(rest);
  const overlaid = new Set([...quick.values()].flat().map((one) => `${one.environment} ${one.service}`));
  const found = places.filter((one) => one.layout !== 'kubernetes' || !overlaid.has(`${nameOf(one)} ${one.service}`));
  const seen = new Map(quick);
  for (const one of found) {
    const { file } = one.place;
    seen.set(file, [...(seen.get(file) ?? []), seenAt(one)]);
  }
  const pinning = [...seen].filter(([, pins]) => pins.length > 0).map(([path]) => path);
  if (pinning.length === 0) return undefined;
  const broken = new Set(unreadable.map((one) => one.file));
  return {
    source: 'detected',
    said: describe(pinning, found, quick.size > 0),
    environments: inOrder(pinning.flatMap((path) => (seen.get(path) ?? []).map((one) => one.environment))),
    isManifest: (path) => isManifest(path) && (!texts.has(path) || broken.has(path) || seen.has(path)),
    read: (path, text) =>
      texts.get(path) === text && !broken.has(path) ? (seen.get(path) ?? []) : readOne(path, text),
    files: [],
    owners: () => [],
  };
}

/** A manifest as it was once, by itself. */
function readOne(path: string, text: string): readonly Seen[] | undefined {
  const images = isKustomization(path) ? quickKustomizeImages(text) : undefined;
  if (images !== undefined) return overlay(path, images);
  const { places, unreadable } = detectPlaces(new Map([[path, text]]));
  const broken = unreadable.length > 0 || (path.endsWith('.json') && places.length === 0 && !isJson(text));
  return broken ? undefined : places.map(seenAt);
}

function isManifest(path: string): boolean {
  return mayHoldPins(path) && environmentOf(path) !== undefined;
}

function isKustomization(path: string): boolean {
  return /(?:^|\/)(?:kustomization\.ya?ml|Kustomization)$/.test(path);
}

function overlay(path: string, images: readonly QuickImage[]): readonly Seen[] {
  const where = environmentOf(path);
  return images.flatMap(({ name, pin }) =>
    where === undefined || pin === undefined
      ? []
      : [{ service: name.split('/').at(-1) ?? name, environment: nameOf(where), pin }],
  );
}

function seenAt(place: DetectedPlace): Seen {
  return { service: place.service, environment: nameOf(place), pin: place.pin };
}

/** Environments of one name in several regions are several. */
function nameOf({ environment, region }: { readonly environment: string; readonly region?: string }): string {
  return region === undefined ? environment : `${region}/${environment}`;
}

function describe(files: readonly string[], found: readonly DetectedPlace[], overlays: boolean): string {
  const layouts = [...new Set([...(overlays ? ['kustomize'] : []), ...found.map((one) => one.layout)])];
  const shown = files.slice(0, 3).join(', ');
  return `${layouts.join(' and ')} in ${shown}${files.length > 3 ? ` and ${files.length - 3} more` : ''}`;
}

/** Environments in the order that their names suggest, each fed by the one before, regions by their own. */
export function inOrder(names: readonly string[]): readonly SeenEnvironment[] {
  const parts = (name: string): readonly [string, string] => {
    const at = name.lastIndexOf('/');
    return [name.slice(0, Math.max(0, at)), name.slice(at + 1)];
  };
  const rank = (name: string): number => environmentRank(parts(name)[1]);
  const sorted = [...new Set(names)].sort((a, b) => rank(a) - rank(b) || compareText(a, b));
  return sorted.map((name) => {
    const [region] = parts(name);
    const before = sorted.filter((other) => rank(other) < rank(name) && ['', region].includes(parts(other)[0]));
    // Nobody knows what feeds an environment whose name says nothing.
    const from = rank(name) === unknownRank ? undefined : before.at(-1);
    return { name, ...(from === undefined ? {} : { from }) };
  });
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

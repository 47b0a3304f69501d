import { RE2JS } from 're2js';
import { unnamedService } from '../../manifest/detect-environment-files.ts';
import { type Detected, type DetectedPlace, detectPlaces } from '../../manifest/detect-places.ts';
import { environmentRank } from '../../manifest/environment-rank.ts';
import type { ManifestPlace } from '../../manifest/place.ts';
import { compareText } from '../../model/compare-text.ts';
import type { RepositoryFiles } from './repository-files.ts';

/** `manifests` of trunkline.yaml, as it would be written. */
export interface FoundManifests {
  readonly kind: 'json' | 'helm' | 'kustomize' | 'yaml';
  readonly file: string;
  readonly path?: string;
  readonly image?: string;
}

export interface FoundEnvironments {
  /** In the order in which releases usually pass them. */
  readonly environments: readonly string[];
  /** Copies of an environment in several regions: what it is a copy of, and where. */
  readonly copies: ReadonlyMap<string, { readonly group: string; readonly region: string }>;
  readonly services: readonly string[];
  /** What says where all of `places` are; undefined where no single line does. */
  readonly manifests?: FoundManifests;
  readonly places: readonly DetectedPlace[];
  readonly shared: readonly string[];
  /** For people: what was seen and is not part of it, and why. */
  readonly notes: readonly string[];
}

/** Finds environments, services and one line that leads to their pins; undefined where nothing pins anything. */
export function findEnvironments(files: RepositoryFiles): FoundEnvironments | undefined {
  const detected = detectPlaces(files.texts);
  if (detected.places.length === 0) return undefined;
  const { chosen: seen, notes } = choose(detected);
  const chart = /^name:\s*["']?([\w.-]+)/m.exec(files.texts.get('Chart.yaml') ?? '')?.[1];
  const chosen = seen.map((one) =>
    one.service === unnamedService && chart !== undefined ? { ...one, service: chart } : one,
  );
  const names = [...new Set(chosen.map(nameOf))];
  const environments = names.sort((a, b) => environmentRank(a) - environmentRank(b) || compareText(a, b));
  const manifests = generalise(chosen);
  return {
    environments,
    copies: new Map(
      chosen.flatMap((one) =>
        one.region === undefined ? [] : [[nameOf(one), { group: one.environment, region: one.region }] as const],
      ),
    ),
    services: [...new Set(chosen.map((one) => one.service))],
    ...(manifests === undefined ? {} : { manifests }),
    places: chosen,
    shared: detected.shared.filter((file) => chosen.some(({ place }) => place.file === file)),
    notes: [
      ...notes,
      ...detected.unreadable.map(({ file, reason }) => `${file} looks like a manifest and cannot be read: ${reason}`),
    ],
  };
}

/** In a region it is an environment of its own. */
export function nameOf({ environment, region }: Pick<DetectedPlace, 'environment' | 'region'>): string {
  return region === undefined ? environment : `${environment}-${region}`;
}

/** The layout that most pins have: trunkline.yaml knows one. */
function choose({ places }: Detected): { chosen: readonly DetectedPlace[]; notes: readonly string[] } {
  const kindOf = (one: DetectedPlace): string => `${one.layout} ${one.region === undefined ? '' : 'by region'}`;
  const counts = new Map<string, number>();
  for (const one of places) counts.set(kindOf(one), (counts.get(kindOf(one)) ?? 0) + 1);
  const [most] = [...counts].sort((a, b) => b[1] - a[1])[0] ?? [];
  const others = places.filter((one) => kindOf(one) !== most);
  return {
    chosen: places.filter((one) => kindOf(one) === most),
    notes: others.length === 0 ? [] : [`pins of another layout are left out: ${list(others)}`],
  };
}

function list(places: readonly DetectedPlace[]): string {
  const files = [...new Set(places.map(({ place }) => place.file))];
  return `${files.slice(0, 3).join(', ')}${files.length > 3 ? ` and ${files.length - 3} more` : ''}`;
}

/** One template for all: names of the first place replaced, kept if it leads to every other place. */
function generalise(places: readonly DetectedPlace[]): FoundManifests | undefined {
  const [first] = places;
  if (first === undefined) return undefined;
  const several = new Set(places.map((one) => one.service)).size > 1;
  const file = templates(first.place.file, first).find(
    (template) =>
      places.every((one) => fill(template, one) === one.place.file) &&
      (first.region === undefined
        ? template.includes('{environment}')
        : template.includes('{group}') && template.includes('{region}')),
  );
  if (file === undefined) return undefined;
  switch (first.place.kind) {
    case 'kustomize': {
      const image = templates(first.place.image, first).find((template) =>
        places.every(({ place, ...one }) => place.kind === 'kustomize' && fill(template, one) === place.image),
      );
      return image === undefined ? undefined : named({ kind: 'kustomize', file: folderOf(file), image }, several);
    }
    case 'json':
    case 'yaml': {
      const path = keysTemplate(places);
      if (path === undefined) return undefined;
      const kind = first.place.kind === 'json' ? 'json' : first.layout === 'helm' ? 'helm' : 'yaml';
      return named({ kind, file, path }, several);
    }
    case 'regex':
      return undefined;
  }
}

/** A single service may stand nowhere in the template by chance; the configuration wants to see it somewhere. */
function named(manifests: FoundManifests, several: boolean): FoundManifests | undefined {
  const all = `${manifests.file} ${manifests.path ?? ''} ${manifests.image ?? ''}`;
  return all.includes('{service}') || !several ? manifests : undefined;
}

function folderOf(file: string): string {
  return file.split('/').slice(0, -1).join('/') || '.';
}

function keysTemplate(places: readonly DetectedPlace[]): string | undefined {
  const keysOf = (place: ManifestPlace): readonly string[] =>
    place.kind === 'json' || place.kind === 'yaml' ? (place.keys ?? []) : [];
  const [first] = places;
  const keys = first === undefined ? [] : keysOf(first.place);
  // Dots part keys in the configuration.
  if (first === undefined || keys.length === 0 || keys.some((key) => key.includes('.'))) return undefined;
  const choices = [keys.map((key) => (key === first.service ? '{service}' : key)), [...keys]];
  const found = choices.find((choice) =>
    places.every((one) => {
      const own = keysOf(one.place);
      return own.length === choice.length && choice.every((part, index) => fill(part, one) === own[index]);
    }),
  );
  return found?.join('.');
}

type Names = Pick<DetectedPlace, 'service' | 'environment' | 'region'>;

/** The text with the names in it replaced where they stand as words: most replaced first. */
function templates(text: string, { service, environment, region }: Names): string[] {
  const replace = (from: string, name: string, by: string): string =>
    from.replaceAll(new RegExp(`(?<![A-Za-z0-9{])${RE2JS.quote(name)}(?![A-Za-z0-9}])`, 'g'), by);
  const placed =
    region === undefined
      ? replace(text, environment, '{environment}')
      : replace(replace(text, region, '{region}'), environment, '{group}');
  return [...new Set([replace(placed, service, '{service}'), placed, replace(text, service, '{service}'), text])];
}

function fill(template: string, { service, environment, region }: Names): string {
  return template
    .replaceAll('{service}', service)
    .replaceAll(region === undefined ? '{environment}' : '{group}', environment)
    .replaceAll('{region}', region ?? '');
}

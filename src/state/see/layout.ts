import { configPath, type EnvironmentsConfig, manifestFile, ownersOf, serviceNames } from '../../config/config.ts';
import { TrunklineError } from '../../errors.ts';
import { readPinAt } from '../../manifest/manifest.ts';
import { type Pin, parsePin } from '../../manifest/pin.ts';
import { placeOf } from '../../manifest/place.ts';

/** A place's name: its service and environment. */
export interface PlaceName {
  readonly service: string;
  readonly environment: string;
}

/** What a manifest says of a place: a pin, none before the first release, or why it cannot be read. */
export interface Seen extends PlaceName {
  readonly pin?: Pin;
  readonly problem?: string;
}

/** An environment and the one that releases come from, as configured or guessed by name. */
export interface SeenEnvironment {
  readonly name: string;
  readonly from?: string;
}

/** Where an infra repository keeps its pins: as trunkline.yaml says, or as found. */
export interface Layout {
  readonly source: 'config' | 'detected';
  /** For people: which files. */
  readonly said: string;
  readonly environments: readonly SeenEnvironment[];
  isManifest(path: string): boolean;
  /** What a manifest's text says, a place each; undefined for a text that is not of its format. */
  read(path: string, text: string): readonly Seen[] | undefined;
  /** Teams that own a service; none where nothing says so. */
  owners(service: string): readonly string[];
}

/** The layout that trunkline.yaml describes. */
export function configuredLayout(config: EnvironmentsConfig): Layout {
  const byFile = new Map<string, PlaceName[]>();
  for (const { name: environment } of config.environments) {
    for (const service of serviceNames(config)) {
      const file = manifestFile(config, service, environment);
      const places = byFile.get(file);
      if (places === undefined) byFile.set(file, [{ service, environment }]);
      else places.push({ service, environment });
    }
  }
  return {
    source: 'config',
    said: `${configPath}: ${config.manifests.file}`,
    environments: config.environments.map(({ name, from }) => ({ name, ...(from === undefined ? {} : { from }) })),
    isManifest: (path) => byFile.has(path),
    read: (path, text) => {
      const value = parseOnce(text);
      return (byFile.get(path) ?? []).map((place) => readPlace(config, text, value, place));
    },
    owners: (service) => ownersOf(config, service),
  };
}

/** A manifest of many services is parsed once; whatever is odd about a place is said by the reader of one. */
function readPlace(config: EnvironmentsConfig, text: string, value: unknown, place: PlaceName): Seen {
  const { service, environment } = place;
  const where = placeOf(config, service, environment);
  let at = where.kind === 'json' ? value : undefined;
  for (const key of where.kind === 'json' ? where.keys : []) {
    at = typeof at === 'object' && at !== null ? (at as Readonly<Record<string, unknown>>)[key] : undefined;
  }
  if (at === '' || at === null) return place;
  const quick = typeof at === 'string' ? knownPin(at) : undefined;
  if (quick !== undefined) return { service, environment, pin: quick };
  try {
    const pin = readPinAt(where, text);
    return { service, environment, ...(pin === undefined ? {} : { pin }) };
  } catch (error) {
    if (!(error instanceof TrunklineError)) throw error;
    return { service, environment, problem: error.message };
  }
}

function parseOnce(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    return undefined;
  }
}

const pins = new Map<string, Pin | undefined>();

/** The same text is read again at every commit that leaves it alone. */
function knownPin(text: string): Pin | undefined {
  if (!pins.has(text)) pins.set(text, parsePin(text));
  return pins.get(text);
}

/** What is compared: the digest, else the tag, else the text. */
export function releaseOf(pin: Pin): string {
  return pin.digest ?? pin.tag ?? pin.text;
}

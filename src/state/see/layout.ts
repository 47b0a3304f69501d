import { configPath, type EnvironmentsConfig, ownersOf, serviceNames } from '../../config/config.ts';
import { TrunklineError } from '../../errors.ts';
import { readPinAt } from '../../manifest/manifest.ts';
import { type Pin, parsePinAt } from '../../manifest/pin.ts';
import { type ManifestPlace, placeOf } from '../../manifest/place.ts';
import { type ReadPin, readPinsAt } from '../../manifest/read-pins.ts';
import { quickKustomizePin } from './quick-kustomize.ts';

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
  /** Manifests that have to be there. */
  readonly files: readonly string[];
  /** What a manifest's text says, a place each; undefined for a text that is not of its format. */
  read(path: string, text: string): readonly Seen[] | undefined;
  /** Teams that own a service; none where nothing says so. */
  owners(service: string): readonly string[];
}

/** A place with where its pin stands. */
type Known = PlaceName & { readonly at: ManifestPlace };

/** The layout that trunkline.yaml describes. */
export function configuredLayout(config: EnvironmentsConfig): Layout {
  const byFile = new Map<string, Known[]>();
  for (const { name: environment } of config.environments) {
    for (const service of serviceNames(config)) {
      const at = placeOf(config, service, environment);
      const known = byFile.get(at.file);
      if (known === undefined) byFile.set(at.file, [{ service, environment, at }]);
      else known.push({ service, environment, at });
    }
  }
  return {
    source: 'config',
    said: `${configPath}: ${config.manifests.kind} ${config.manifests.file}`,
    environments: config.environments.map(({ name, from }) => ({ name, ...(from === undefined ? {} : { from }) })),
    isManifest: (path) => byFile.has(path),
    files: [...byFile.keys()],
    read: (path, text) => {
      const known = byFile.get(path) ?? [];
      if (known[0]?.at.kind === 'json' || known.length < 2) {
        const value = parseOnce(text);
        return known.map((place) => readPlace(text, value, place));
      }
      const pins = readPinsAt(
        known.map((one) => one.at),
        text,
      );
      return known.map(({ service, environment }, index) => seen({ service, environment }, pins[index]));
    },
    owners: (service) => ownersOf(config, service),
  };
}

/** A manifest of many services is parsed once; whatever is odd about a place is said by the reader of one. */
function readPlace(text: string, value: unknown, { service, environment, at }: Known): Seen {
  if (at.kind === 'json') {
    let inner = value;
    for (const key of at.keys)
      inner =
        typeof inner === 'object' && inner !== null ? (inner as Readonly<Record<string, unknown>>)[key] : undefined;
    if (inner === '' || inner === null) return { service, environment };
    const quick = typeof inner === 'string' ? knownPin(at.keys.at(-1) ?? '', inner) : undefined;
    if (quick !== undefined) return { service, environment, pin: quick };
  }
  try {
    const pin = (at.kind === 'kustomize' ? quickKustomizePin(at.image, text) : undefined) ?? readPinAt(at, text);
    return { service, environment, ...(pin === undefined ? {} : { pin }) };
  } catch (error) {
    if (!(error instanceof TrunklineError)) throw error;
    return { service, environment, problem: error.message };
  }
}

function seen(place: PlaceName, read: ReadPin | undefined): Seen {
  if (read === undefined) return place;
  if ('error' in read) return { ...place, problem: read.error.message };
  return read.pin === undefined ? place : { ...place, pin: read.pin };
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
function knownPin(key: string, text: string): Pin | undefined {
  const name = `${/tag$|version$/i.test(key) ? 'tag' : ''}\u0000${text}`;
  if (!pins.has(name)) pins.set(name, parsePinAt(key, text));
  return pins.get(name);
}

/** What is compared: the digest, else the tag, else the text. */
export function releaseOf(pin: Pin): string {
  return pin.digest ?? pin.tag ?? pin.text;
}

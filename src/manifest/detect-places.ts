import type { Location, TrunklineError } from '../errors.ts';
import { compareText } from '../model/compare-text.ts';
import { detectEnvironmentFiles } from './detect-environment-files.ts';
import { detectKubernetes } from './detect-kubernetes.ts';
import { detectKustomize } from './detect-kustomize.ts';
import { environmentRank } from './environment-rank.ts';
import type { Pin } from './pin.ts';
import type { ManifestPlace } from './place.ts';

/** How a repository that nobody configured keeps its pins. */
export type Layout = 'kustomize' | 'helm' | 'json' | 'yaml' | 'kubernetes';

/** A pin that was found without any configuration. */
export interface DetectedPlace {
  readonly service: string;
  /** By the name of a folder or file: `overlays/prod`, `values-prod.yaml`. */
  readonly environment: string;
  /** Where it runs, where a folder says so: `eu/prod`. */
  readonly region?: string;
  readonly layout: Layout;
  /** Reads and sets the pin with `readPinAt` and `setPinAt`. */
  readonly place: ManifestPlace;
  readonly pin: Pin;
}

export interface Detected {
  /** By service, then in the order in which releases usually pass the environments. */
  readonly places: readonly DetectedPlace[];
  /** Files that hold pins of more than one service: approvals cannot tell them apart by path. */
  readonly shared: readonly string[];
  /** Files that look like manifests and cannot be read, and why. */
  readonly unreadable: readonly { readonly file: string; readonly location: Location; readonly reason: string }[];
}

/** Which files of a repository `detectPlaces` has to see, by their paths. */
export function mayHoldPins(path: string): boolean {
  return /\.(?:ya?ml|json)$|(?:^|\/)Kustomization$/.test(path) && !ignored.test(path);
}

/** Finds the pins of a repository that Trunkline never touched, from its files' texts by path. */
export function detectPlaces(files: ReadonlyMap<string, string>): Detected {
  const candidates = new Map([...files].filter(([path]) => mayHoldPins(path)));
  const unreadable: { file: string; location: Location; reason: string }[] = [];
  const context: DetectContext = {
    files: candidates,
    unreadable: (file, { location = { file }, message }) => {
      if (!unreadable.some((one) => one.file === file)) unreadable.push({ file, location, reason: message });
    },
  };
  // What Kustomize sets wins over the images of the manifests that it changes.
  const kustomize = detectKustomize(context);
  const byFiles = detectEnvironmentFiles(context);
  const plain = detectKubernetes(context).filter(
    (one) =>
      ![...kustomize, ...byFiles].some((other) => other.environment === one.environment && sameService(other, one)),
  );
  const places = unique([...kustomize, ...byFiles, ...plain]).sort(
    (a, b) =>
      compareText(a.service, b.service) ||
      environmentRank(a.environment) - environmentRank(b.environment) ||
      compareText(a.environment, b.environment) ||
      compareText(a.region ?? '', b.region ?? ''),
  );
  const services = new Map<string, Set<string>>();
  for (const { place, service } of places)
    services.set(place.file, (services.get(place.file) ?? new Set()).add(service));
  const shared = [...services].filter(([, names]) => names.size > 1).map(([file]) => file);
  return { places, shared: shared.sort(), unreadable };
}

/** What the detectors work with. */
export interface DetectContext {
  readonly files: ReadonlyMap<string, string>;
  unreadable(file: string, error: TrunklineError): void;
}

const ignored =
  /(?:^|\/)(?:\.git|\.github|node_modules|vendor|charts\/[^/]+\/templates|templates)\/|(?:^|\/)(?:package(?:-lock)?|tsconfig[^/]*|composer|renovate)\.json$/;

function sameService(one: DetectedPlace, other: DetectedPlace): boolean {
  return one.service === other.service || one.pin.image === other.pin.image;
}

function unique(places: readonly DetectedPlace[]): DetectedPlace[] {
  return [...new Map(places.map((one) => [JSON.stringify(one.place), one])).values()];
}

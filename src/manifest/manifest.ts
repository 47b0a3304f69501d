import type { EnvironmentsConfig } from '../config/config.ts';
import { TrunklineError } from '../errors.ts';
import { readJsonPin, setJsonPin } from './json-pin.ts';
import { readKustomizePin, setKustomizePin } from './kustomize-pin.ts';
import type { Pin, PinnedRelease } from './pin.ts';
import { type ManifestPlace, placeOf } from './place.ts';
import { readRegexPin, setRegexPin } from './regex-pin.ts';
import { readYamlPin, setYamlPin } from './yaml-pin.ts';

type Files = ReadonlyMap<string, string>;

/** What is pinned for a service in an environment; undefined before its first release. @throws MANIFEST_INVALID */
export function readPin(
  config: EnvironmentsConfig,
  files: Files,
  service: string,
  environment: string,
): Pin | undefined {
  const place = placeOf(config, service, environment);
  return readPinAt(place, textOf(files, place.file));
}

/** The manifest with the release pinned. @throws MANIFEST_INVALID */
export function setPin(
  config: EnvironmentsConfig,
  files: Files,
  service: string,
  environment: string,
  release: PinnedRelease,
): { readonly path: string; readonly text: string } {
  const place = placeOf(config, service, environment);
  return { path: place.file, text: setPinAt(place, textOf(files, place.file), release) };
}

/** What a text pins at a place; undefined before the first release. @throws MANIFEST_INVALID */
export function readPinAt(place: ManifestPlace, text: string): Pin | undefined {
  switch (place.kind) {
    case 'json':
      return readJsonPin(place.file, text, place.keys);
    case 'yaml':
      return readYamlPin(place, text);
    case 'kustomize':
      return readKustomizePin(place, text);
    case 'regex':
      return readRegexPin(place, text);
  }
}

/**
 * The same text with the release pinned: no byte outside what names the release changes, and none at all where its
 * digest is there. @throws MANIFEST_INVALID, with its place, for what cannot be edited safely
 */
export function setPinAt(place: ManifestPlace, text: string, release: PinnedRelease): string {
  switch (place.kind) {
    case 'json':
      return setJsonPin(place.file, text, place.keys, release);
    case 'yaml':
      return setYamlPin(place, text, release);
    case 'kustomize':
      return setKustomizePin(place, text, release);
    case 'regex':
      return setRegexPin(place, text, release);
  }
}

function textOf(files: Files, file: string): string {
  const text = files.get(file);
  if (text !== undefined) return text;
  throw new TrunklineError('MANIFEST_INVALID', `expected the manifest ${file}, found no such file`, {
    location: { file },
    hint: 'add it, with an empty pin for each service, or correct `manifests` in trunkline.yaml',
  });
}

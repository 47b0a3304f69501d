import { type EnvironmentsConfig, manifestFile, manifestKeys } from '../config/config.ts';
import { TrunklineError } from '../errors.ts';
import type { Digest } from '../model/digest.ts';
import { readJsonPin, setJsonPin } from './json-pin.ts';
import type { Pin } from './pin.ts';

type Files = ReadonlyMap<string, string>;

/** What is pinned for a service in an environment; undefined before its first release. @throws MANIFEST_INVALID */
export function readPin(
  config: EnvironmentsConfig,
  files: Files,
  service: string,
  environment: string,
): Pin | undefined {
  const file = manifestFile(config, service, environment);
  return readJsonPin(file, textOf(files, file), manifestKeys(config, service, environment));
}

/** The manifest with the release pinned. @throws MANIFEST_INVALID */
export function setPin(
  config: EnvironmentsConfig,
  files: Files,
  service: string,
  environment: string,
  release: { readonly digest: Digest; readonly image?: string },
): { readonly path: string; readonly text: string } {
  const path = manifestFile(config, service, environment);
  return { path, text: setJsonPin(path, textOf(files, path), manifestKeys(config, service, environment), release) };
}

function textOf(files: Files, file: string): string {
  const text = files.get(file);
  if (text !== undefined) return text;
  throw new TrunklineError('MANIFEST_INVALID', `expected the manifest ${file}, found no such file`, {
    location: { file },
    hint: 'add it, with an empty pin for each service, or correct `manifests` in trunkline.yaml',
  });
}

import { type EnvironmentsConfig, manifestFile, serviceNames } from '../config/config.ts';
import { readPin } from '../manifest/manifest.ts';
import type { PinChange } from './policy/facts.ts';

type Files = ReadonlyMap<string, string>;

/** Pins that differ between two sets of manifests. A manifest that is not there pins nothing. @throws MANIFEST_INVALID */
export function changedPins(config: EnvironmentsConfig, before: Files, after: Files): readonly PinChange[] {
  const digestOf = (files: Files, service: string, environment: string): PinChange['before'] | string => {
    if (!files.has(manifestFile(config, service, environment))) return undefined;
    const pin = readPin(config, files, service, environment);
    return pin?.digest ?? pin?.text;
  };
  return config.environments.flatMap(({ name: environment }) =>
    serviceNames(config).flatMap((service): PinChange[] => {
      const [from, to] = [
        tolerant(() => digestOf(before, service, environment)),
        digestOf(after, service, environment),
      ];
      if (from === to) return [];
      return [{ service, environment, before: digest(from), after: digest(to) }];
    }),
  );
}

/** What cannot be read in the past does not keep anybody from mending it now. */
function tolerant<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

function digest(text: string | undefined): PinChange['before'] {
  return text?.startsWith('sha256:') === true ? (text as NonNullable<PinChange['before']>) : undefined;
}

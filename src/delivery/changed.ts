import { type EnvironmentsConfig, manifestFile, serviceNames } from '../config/config.ts';
import { TrunklineError } from '../errors.ts';
import { readPin } from '../manifest/manifest.ts';
import type { PinChange } from './policy/facts.ts';

type Files = ReadonlyMap<string, string>;

/**
 * Pins that differ between two sets of manifests. A manifest that is not there pins nothing; what cannot be read on either
 * side, and for the same reason, is not this difference's doing. @throws MANIFEST_INVALID
 */
export function changedPins(config: EnvironmentsConfig, before: Files, after: Files): readonly PinChange[] {
  const digestOf = (files: Files, service: string, environment: string): string | undefined => {
    if (!files.has(manifestFile(config, service, environment))) return undefined;
    const pin = readPin(config, files, service, environment);
    return pin?.digest ?? pin?.text;
  };
  return config.environments.flatMap(({ name: environment }) =>
    serviceNames(config).flatMap((service): PinChange[] => {
      const [from, to] = [before, after].map((files) => attempt(() => digestOf(files, service, environment)));
      if (to?.fault !== undefined) {
        if (from?.fault?.message === to.fault.message) return [];
        throw to.fault;
      }
      // What could not be read in the past does not keep anybody from mending it now.
      if (from?.text === to?.text) return [];
      return [{ service, environment, before: digest(from?.text), after: digest(to?.text) }];
    }),
  );
}

function attempt(read: () => string | undefined): {
  readonly text?: string | undefined;
  readonly fault?: TrunklineError;
} {
  try {
    return { text: read() };
  } catch (error) {
    if (error instanceof TrunklineError) return { fault: error };
    throw error;
  }
}

function digest(text: string | undefined): PinChange['before'] {
  return text?.startsWith('sha256:') === true ? (text as NonNullable<PinChange['before']>) : undefined;
}

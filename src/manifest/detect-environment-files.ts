import { TrunklineError } from '../errors.ts';
import { detectPins } from './detect-pins.ts';
import type { DetectContext, DetectedPlace } from './detect-places.ts';
import { environmentOf, isUsualEnvironment, type Whereabouts } from './environment-of.ts';
import { yamlImages } from './yaml-images.ts';

/**
 * A file for each environment, named or placed after it: Helm values, or JSON or YAML that says what each service runs. A
 * file that names none may have environments as its outermost keys.
 */
export function detectEnvironmentFiles(context: DetectContext): readonly DetectedPlace[] {
  return [...context.files].flatMap(([file, text]): readonly DetectedPlace[] => {
    const where = environmentOf(file);
    try {
      if (file.endsWith('.json')) return where === undefined ? jsonKeyed(file, text) : jsonPlaces(file, text, where);
      if (!/\.ya?ml$/.test(file) || /(?:^|\/)kustomization\.ya?ml$/.test(file)) return [];
      if (where !== undefined) return yamlPlaces(file, text, where);
      return environmentKey.test(text) ? yamlKeyed(file, text) : [];
    } catch (error) {
      if (!(error instanceof TrunklineError)) throw error;
      if (where !== undefined) context.unreadable(file, error);
      return [];
    }
  });
}

/** A service that nothing in the path or the file names: the one whose repository it is. */
export const unnamedService = 'app';

/** Spares parsing whatever else is YAML. */
const environmentKey = /^["']?(?:dev|test|qa|stag|prod|live)[a-z-]*["']?:/m;

function jsonKeyed(file: string, text: string): readonly DetectedPlace[] {
  return detectPins(text).flatMap(({ keys, pin }): DetectedPlace[] => {
    const [environment = '', ...inner] = keys;
    const service = inner.filter((key) => !/^(?:image|tag|digest|version)$/i.test(key)).join('.');
    if (!isUsualEnvironment(environment) || service === '') return [];
    return [{ environment, service, layout: 'json', place: { kind: 'json', file, keys }, pin }];
  });
}

function yamlKeyed(file: string, text: string): readonly DetectedPlace[] {
  return yamlImages(file, text).flatMap(({ keys, pin, document, object }): DetectedPlace[] => {
    const [environment = '', ...inner] = keys;
    if (!isUsualEnvironment(environment) || object.kind !== undefined) return [];
    const service = serviceOf(inner, []) ?? pin.image?.split('/').at(-1);
    if (service === undefined) return [];
    const place = { kind: 'yaml', file, keys, ...(document === 0 ? {} : { document }) } as const;
    return [{ environment, service, layout: 'yaml', place, pin }];
  });
}

function jsonPlaces(file: string, text: string, where: Whereabouts): readonly DetectedPlace[] {
  return detectPins(text).map(({ service, keys, pin }) => ({
    ...base(where),
    service,
    layout: 'json',
    place: { kind: 'json', file, keys },
    pin,
  }));
}

function yamlPlaces(file: string, text: string, where: Whereabouts): readonly DetectedPlace[] {
  const images = yamlImages(file, text);
  // Kubernetes objects are told apart by what they are.
  const found = images.filter((one) => one.object.kind === undefined);
  const helm = /(?:^|\/)(?:values[-._].*|.*[-._]values|values)\.ya?ml$/.test(file);
  return found.map(({ keys, document, pin }) => ({
    ...base(where),
    service: serviceOf(keys, where.rest) ?? pin.image?.split('/').at(-1) ?? unnamedService,
    layout: helm ? 'helm' : 'yaml',
    place: { kind: 'yaml', file, keys, ...(document === 0 ? {} : { document }) },
    pin,
  }));
}

/** The keys that lead to an image without `image` itself; else the folder, where it is one service's. */
function serviceOf(keys: readonly string[], rest: readonly string[]): string | undefined {
  const named = keys.filter(
    (key) => !/^(?:image|images|image[-_]?tag|services|apps|global|deployment|repository|digest)$/i.test(key),
  );
  if (named.length > 0 && !named.some((key) => /^[0-9]+$/.test(key))) return named.join('.');
  const folder = rest.findLast(
    (name) => !/^(?:charts?|helm|services?|apps?|k8s|kubernetes|manifests|gitops)$/.test(name),
  );
  return named.length === 0 ? folder : undefined;
}

function base({ environment, region }: Whereabouts): Pick<DetectedPlace, 'environment' | 'region'> {
  return { environment, ...(region === undefined ? {} : { region }) };
}

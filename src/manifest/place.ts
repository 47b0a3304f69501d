import { RE2JS } from 're2js';
import { type DocumentChoice, type EnvironmentsConfig, fillTemplate } from '../config/config.ts';

/** Where one pin is, names filled in. */
export type ManifestPlace =
  | { readonly kind: 'json'; readonly file: string; readonly keys: readonly string[] }
  | {
      readonly kind: 'yaml';
      readonly file: string;
      /** Undefined where the pin is found by its image. */
      readonly keys?: readonly string[];
      readonly image?: string;
      readonly document?: DocumentChoice;
    }
  | { readonly kind: 'kustomize'; readonly file: string; readonly image: string }
  | { readonly kind: 'regex'; readonly file: string; readonly pattern: string };

/** Where a service's pin in an environment is. */
export function placeOf(config: EnvironmentsConfig, service: string, environment: string): ManifestPlace {
  const { manifests } = config;
  const fill = (template: string): string => fillTemplate(config, template, service, environment);
  // A dot in a service's name does not split a path.
  const keys = (path: string): readonly string[] => path.split('.').map(fill);
  const file = fill(manifests.file);
  switch (manifests.kind) {
    case 'json':
      return { kind: 'json', file, keys: keys(manifests.path) };
    case 'kustomize':
      return { kind: 'kustomize', file, image: fill(manifests.image) };
    case 'regex': {
      const pattern = fillTemplate(config, manifests.pattern, service, environment, (name) => RE2JS.quote(name));
      return { kind: 'regex', file, pattern };
    }
    case 'yaml': {
      const { path, image, document } = manifests;
      return {
        kind: 'yaml',
        file,
        ...(path === undefined ? {} : { keys: keys(path) }),
        ...(image === undefined ? {} : { image: fill(image) }),
        ...(document === undefined ? {} : { document: fillChoice(document, fill) }),
      };
    }
  }
}

function fillChoice(choice: DocumentChoice, fill: (template: string) => string): DocumentChoice {
  return typeof choice === 'number' || choice.name === undefined ? choice : { ...choice, name: fill(choice.name) };
}

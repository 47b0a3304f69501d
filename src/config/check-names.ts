import type { Problem } from '../errors.ts';
import {
  controlEnvironment,
  pruneEnvironment,
  publishEnvironment,
  publishedEnvironment,
} from '../model/github-environments.ts';
import type { EnvironmentsDocument } from './environments-schema.ts';
import type { Locate } from './read-document.ts';
import type { ServicesDocument } from './services-schema.ts';

/** GitHub environments that have a part of their own: who could deploy to one would share its secrets. */
const ours: Readonly<Record<string, string>> = {
  [controlEnvironment]: 'the delivery App’s key lies in it',
  [publishEnvironment]: 'images are published in it',
  [pruneEnvironment]: 'registries are cleaned in it',
  [publishedEnvironment]: 'releases are recorded for it',
};

/** GitHub tells environments apart by their letters, and not by their case. */
export function checkEnvironmentNames({ environments }: EnvironmentsDocument, locate: Locate): readonly Problem[] {
  const names = Object.keys(environments);
  return [
    ...alike(names, 'environments', locate),
    ...names.flatMap((name): readonly Problem[] => {
      const part = ours[name.toLowerCase()];
      if (part === undefined) return [];
      const message = `environments.${name}: expected another name, found one that GitHub's environment "${name.toLowerCase()}" has: ${part}`;
      return [{ code: 'CONFIG_INVALID', message, location: locate(['environments', name]) }];
    }),
  ];
}

/** Expressions and registries do not tell names apart by case; images are named by lower-case letters. */
export function checkServiceNames({ services }: ServicesDocument, locate: Locate): readonly Problem[] {
  return [
    ...alike(Object.keys(services), 'services', locate),
    ...Object.entries(services).flatMap(([name, { image, targets }]): readonly Problem[] => {
      const said = image === undefined ? [name, ...(targets ?? [])] : (targets ?? []);
      const wrong = said.find((one) => !/^[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*$/.test(one));
      if (wrong === undefined) return [];
      const place = `services.${name}${wrong === name ? '' : '.targets'}`;
      return [
        {
          code: 'CONFIG_INVALID',
          message: `${place}: expected what an image can be called (lower-case letters and digits, with single ".", "_" or "-" between), found "${wrong}"`,
          location: locate(wrong === name ? ['services', name] : ['services', name, 'targets']),
          ...(wrong === name ? { hint: 'or say what its image is called: image: ghcr.io/acme/api' } : {}),
        },
      ];
    }),
  ];
}

function alike(names: readonly string[], key: string, locate: Locate): readonly Problem[] {
  const first = new Map<string, string>();
  return names.flatMap((name): readonly Problem[] => {
    const other = first.get(name.toLowerCase());
    if (other === undefined) {
      first.set(name.toLowerCase(), name);
      return [];
    }
    const message = `${key}.${name}: expected a name of its own, found "${other}" in other letters, which GitHub does not tell apart`;
    return [{ code: 'CONFIG_INVALID', message, location: locate([key, name]) }];
  });
}

import type { Problem } from '../errors.ts';
import type { EnvironmentsDocument } from './environments-schema.ts';
import type { Locate } from './read-document.ts';
import { suggest } from './suggest.ts';

const known = ['service', 'environment', 'region', 'group'];

/** A misspelt `{environment}` would be taken for text, and everything for one place. */
export function checkPlaceholders(document: EnvironmentsDocument, locate: Locate): readonly Problem[] {
  const { manifests, deploy, environments } = document;
  return [
    ...inTexts(
      manifests,
      ['manifests'],
      ['json', 'helm', 'kustomize', 'yaml', 'regex', 'path', 'image', 'pattern'],
      locate,
    ),
    ...[
      [deploy, ['deploy']] as const,
      ...Object.entries(environments).map(([name, one]) => [one.deploy, ['environments', name, 'deploy']] as const),
    ].flatMap(([said, path]) => (said === undefined ? [] : inTexts(said, path, deployTexts, locate))),
  ];
}

/** Not `command`: in a shell, braces have meanings of their own. */
const deployTexts = ['kubernetes', 'argocd', 'flux', 'health', 'namespace'];

function inTexts(
  said: Readonly<Record<string, unknown>>,
  path: readonly string[],
  keys: readonly string[],
  locate: Locate,
): readonly Problem[] {
  return keys.flatMap((key) => {
    const text = said[key];
    if (typeof text !== 'string') return [];
    return [...text.matchAll(/(?<!\\[pP])\{([A-Za-z]+)\}/g)].flatMap(([whole, word = '']): readonly Problem[] => {
      if (known.includes(word)) return [];
      const near = suggest(word, known);
      return [
        {
          code: 'CONFIG_INVALID',
          message: `${[...path, key].join('.')}: expected {service}, {environment}, {region} or {group}, found ${whole}`,
          location: locate([...path, key]),
          ...(near === undefined ? {} : { hint: `did you mean {${near}}?` }),
        },
      ];
    });
  });
}

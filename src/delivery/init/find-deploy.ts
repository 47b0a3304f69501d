import type { DetectedPlace } from '../../manifest/detect-places.ts';
import { type FoundEnvironments, nameOf } from './find-environments.ts';
import type { RepositoryFiles } from './repository-files.ts';

/** What brings a manifest into its cluster, told by objects of its kind in the repository. */
export interface FoundDeploy {
  readonly by: 'argocd' | 'flux';
  /** A file that says so. */
  readonly file: string;
  /** Name of the Argo CD Application or Flux Kustomization, with `{service}` and `{environment}` in it where names fit. */
  readonly name?: string;
}

const kinds = [
  { by: 'argocd', object: /^apiVersion:\s*argoproj\.io\/[^\n]*\n(?:[^\n]*\n)*?kind:\s*Application(?:Set)?\s*$/m },
  { by: 'flux', object: /^apiVersion:\s*kustomize\.toolkit\.fluxcd\.io\//m },
] as const;

const templates = ['{service}-{environment}', '{environment}-{service}'];

export function findDeploy(files: RepositoryFiles, { places }: FoundEnvironments): FoundDeploy | undefined {
  for (const { by, object } of kinds) {
    const texts = [...files.texts].filter(([path, text]) => /\.ya?ml$/.test(path) && object.test(text));
    const [first] = texts;
    if (first === undefined) continue;
    const names = texts.flatMap(([, text]) =>
      [...text.matchAll(/^\s{2,8}name:\s*(?:'([^'\n]*)'|"([^"\n]*)"|([^\s'"][^\n]*?))\s*$/gm)].map(
        ([, single, double, plain]) => single ?? double ?? plain ?? '',
      ),
    );
    const name = templates.find(
      (template) =>
        places.some((place) => names.includes(filled(template, place))) ||
        names.some(
          (one) => one.includes('{{') && places.every((place) => expanded(one, place) === filled(template, place)),
        ),
    );
    return { by, file: first[0], ...(name === undefined ? {} : { name }) };
  }
  return undefined;
}

function filled(template: string, place: DetectedPlace): string {
  return template.replace('{service}', place.service).replace('{environment}', nameOf(place));
}

/** The name that an ApplicationSet's template gives the folder of a manifest, or what it calls its own parameters. */
function expanded(template: string, place: DetectedPlace): string {
  const folders = place.place.file.split('/').slice(0, -1);
  return template.replaceAll(/\{\{-?\s*(.*?)\s*-?\}\}/g, (_, said: string) => {
    const index = /^(?:index \.path\.segments (\d+)|\.?path\.?(?:segments)?\[(\d+)\])$/.exec(said);
    if (index !== null) return folders[Number(index[1] ?? index[2])] ?? '';
    if (/^\.?path\.basename(?:Normalized)?$/.test(said)) return folders.at(-1) ?? '';
    if (/^\.?(?:values\.)?(?:env|environment|stage)$/i.test(said)) return nameOf(place);
    return /^\.?(?:values\.)?(?:service|app|component)$/i.test(said) ? place.service : said;
  });
}

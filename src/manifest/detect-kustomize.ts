import { isMap, isSeq } from 'yaml';
import { TrunklineError } from '../errors.ts';
import { documentRanges } from '../yaml/narrow.ts';
import { parsePart, rootPlace, stepInto, textOf } from '../yaml/yaml-part.ts';
import type { DetectContext, DetectedPlace } from './detect-places.ts';
import { environmentOf } from './environment-of.ts';
import { readKustomizePin } from './kustomize-pin.ts';

/** Overlays: a kustomization in a folder that names an environment, and each of its `images:` that has a tag or digest. */
export function detectKustomize({ files, unreadable }: DetectContext): readonly DetectedPlace[] {
  return [...files].flatMap(([file, text]): DetectedPlace[] => {
    if (!/(?:^|\/)(?:kustomization\.ya?ml|Kustomization)$/.test(file)) return [];
    const where = environmentOf(file);
    if (where === undefined) return [];
    try {
      return imageNames(file, text).flatMap((image): DetectedPlace[] => {
        const place = { kind: 'kustomize', file, image } as const;
        const pin = readKustomizePin(place, text);
        if (pin === undefined) return [];
        const { environment, region } = where;
        const service = image.split('/').at(-1) ?? image;
        return [{ service, environment, ...(region === undefined ? {} : { region }), layout: 'kustomize', place, pin }];
      });
    } catch (error) {
      if (!(error instanceof TrunklineError)) throw error;
      unreadable(file, error);
      return [];
    }
  });
}

function imageNames(file: string, text: string): readonly string[] {
  const [range] = documentRanges(text);
  if (range === undefined) return [];
  const root = rootPlace(parsePart(file, text, range));
  const images = isMap(root.node) ? stepInto(root, 'images') : undefined;
  if (images === undefined || !isSeq(images.node)) return [];
  return images.node.items.flatMap((_, index) => {
    const item = stepInto(images, String(index));
    const name = item === undefined ? undefined : textOf(stepInto(item, 'name')?.node);
    return name === undefined || name === '' ? [] : [name];
  });
}

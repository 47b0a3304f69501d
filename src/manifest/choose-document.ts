import type { DocumentChoice } from '../config/config.ts';
import { TrunklineError } from '../errors.ts';
import { locationAt } from '../yaml/location-at.ts';
import { documentRanges, narrow, type Range } from '../yaml/narrow.ts';
import { parsePart, rootPlace, stepAlong, textOf, type YamlPart } from '../yaml/yaml-part.ts';

export interface Choice {
  readonly file: string;
  readonly document?: DocumentChoice;
}

/** Every document of a text that the choice lets through. */
export function chosenDocuments({ file, document }: Choice, text: string): readonly Range[] {
  const ranges = documentRanges(text);
  if (document === undefined) return ranges;
  if (typeof document === 'number') return ranges.slice(document, document + 1);
  const { kind, name } = document;
  return ranges.filter((range) => {
    if (kind !== undefined && scalarAt(file, text, range, ['kind']) !== kind) return false;
    return name === undefined || scalarAt(file, text, range, ['metadata', 'name']) === name;
  });
}

/** The one document that is meant; where nothing says which, the one that has the first key. @throws MANIFEST_INVALID */
export function chooseDocument(choice: Choice, text: string, keys: readonly string[]): Range {
  const ranges = chosenDocuments(choice, text);
  const likely =
    ranges.length < 2 || choice.document !== undefined
      ? ranges
      : ranges.filter((range) => has(choice, text, range, keys));
  const [first, second] = likely.length === 0 ? ranges : likely;
  if (first !== undefined && second === undefined) return first;
  const said = describe(choice.document);
  if (first === undefined) {
    throw new TrunklineError(
      'MANIFEST_INVALID',
      `expected ${said}, found ${documentRanges(text).length === 0 ? 'an empty file' : 'none'}`,
      {
        location: { file: choice.file },
        hint: `add the key "${keys.join('.')}" with an empty value, or correct \`manifests\` in trunkline.yaml`,
      },
    );
  }
  throw new TrunklineError('MANIFEST_INVALID', `expected ${said}, found several`, {
    location: locationAt(choice.file, text, second?.start ?? 0),
    hint: 'say which in trunkline.yaml: manifests: { …, document: { kind: Deployment, name: "{service}" } }',
  });
}

function describe(document: DocumentChoice | undefined): string {
  if (document === undefined) return 'one document';
  if (typeof document === 'number') return `a document number ${document}, from 0`;
  const { kind, name } = document;
  return `one document${kind === undefined ? '' : ` of kind ${kind}`}${name === undefined ? '' : ` named "${name}"`}`;
}

/** Whether the whole path leads somewhere in the document. */
function has({ file }: Choice, text: string, range: Range, keys: readonly string[]): boolean {
  return stepAlong(rootPlace(parsePart(file, text, range)), keys) !== undefined;
}

function scalarAt(file: string, text: string, range: Range, keys: readonly string[]): string | undefined {
  const part = narrow(text, range, keys);
  return read(parsePart(file, text, part), part.keys) ?? read(parsePart(file, text, range), keys);
}

function read(part: YamlPart, keys: readonly string[]): string | undefined {
  return textOf(stepAlong(rootPlace(part), keys)?.node);
}

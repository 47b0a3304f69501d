import { explain } from '../../config/explain.ts';
import { TrunklineError } from '../../errors.ts';
import { readYaml } from '../../yaml/read-yaml.ts';
import { type Waiver, waiversDocument } from './waiver.ts';

/** Waivers of a file: `waivers: [{ id, reason, owner, expires }]`. @throws CONFIG_INVALID with every problem at once, each with its place */
export function parseWaivers(file: string, text: string): readonly Waiver[] {
  const yaml = readYaml(file, text.replace(/^\uFEFF/, ''));
  const [document] = yaml.documents;
  const value: unknown = document?.toJS() ?? {};
  const read = waiversDocument.safeParse(value);
  const [first, ...rest] = [
    ...yaml.problems,
    ...(read.success ? [] : explain(yaml, document?.contents, waiversDocument, read.error, value)),
  ];
  if (first !== undefined) throw TrunklineError.of([first, ...rest]);
  return read.data?.waivers ?? [];
}

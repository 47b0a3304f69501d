import { z } from 'zod';
import { explain } from '../../config/explain.ts';
import { TrunklineError } from '../../errors.ts';
import { readYaml } from '../../yaml/read-yaml.ts';
import { renderYaml } from './render-yaml.ts';

/** Where the pins of actions and tools are, in both repositories. */
export const lockPath = 'trunkline.lock';

const sha = z.string().regex(/^[0-9a-f]{40}$/, 'expected a commit, 40 hexadecimal digits');
const day = z.string().regex(/^\d{4}-\d{2}-\d{2}$/, 'expected a day such as 2026-11-25');

/** A version of a shared workflow that was called before; with `until`, what it signed after that day does not count. */
const previous = z.strictObject({ version: z.string().min(1), sha, until: day.optional() });
const action = z.strictObject({
  version: z.string().min(1),
  sha,
  resolved: day,
  previous: z.array(previous).optional(),
});
const tool = z.strictObject({
  repository: z.string().min(1),
  version: z.string().min(1),
  asset: z.string().min(1),
  sha256: z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 hexadecimal digits'),
  resolved: day,
});

const lockDocument = z.strictObject({
  actions: z.record(z.string(), action).default({}),
  tools: z.record(z.string(), tool).default({}),
});

/** `owner/repo` of an action or of shared workflows, at a version. */
export type ActionPin = z.infer<typeof action>;
export type PreviousPin = z.infer<typeof previous>;
/** A file of a GitHub release, by its checksum. */
export type ToolPin = z.infer<typeof tool>;
export type Lock = z.infer<typeof lockDocument>;

/** @throws CONFIG_INVALID with every problem at once */
export function parseLock(text: string | undefined): Lock {
  if (text === undefined) return { actions: {}, tools: {} };
  const yaml = readYaml(lockPath, text);
  const [document] = yaml.documents;
  const value: unknown = document?.toJS() ?? {};
  const read = lockDocument.safeParse(value);
  const [first, ...rest] = [
    ...yaml.problems,
    ...(read.success ? [] : explain(yaml, document?.contents, lockDocument, read.error, value)),
  ];
  if (first !== undefined) throw TrunklineError.of([first, ...rest]);
  return read.data ?? { actions: {}, tools: {} };
}

export function renderLock(lock: Lock): string {
  const sorted = <T>(entries: Readonly<Record<string, T>>): Record<string, T> =>
    Object.fromEntries(Object.entries(entries).sort(([one], [other]) => (one < other ? -1 : 1)));
  return renderYaml(
    ['What workflows use, by commit and checksum. Written by `trunkline generate` and `trunkline pin --update`.'],
    { actions: sorted(lock.actions), tools: sorted(lock.tools) },
    { apart: [] },
  );
}

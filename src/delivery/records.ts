import { parse } from 'yaml';
import { z } from 'zod';
import { holdsPath, hotfixesPath } from '../config/config.ts';
import { TrunklineError } from '../errors.ts';
import { isDigest } from '../model/digest.ts';
import type { Hold } from '../model/hold.ts';
import { debts, type Hotfix } from '../model/hotfix.ts';

const text = z.string().min(1);
const holdEntry = z.strictObject({
  service: text,
  environment: text,
  reason: text,
  author: text,
  since: text,
  until: text.optional(),
});
const hotfixEntry = z.strictObject({
  service: text,
  environment: text,
  digest: z.string().refine(isDigest, 'expected "sha256:" and 64 hexadecimal digits'),
  reason: text,
  incident: text.optional(),
  author: text,
  since: text,
  skipped: z.array(text),
  gates: z.array(text).default([]),
  branch: text.optional(),
  commit: text.optional(),
  lines: z
    .union([z.int(), z.string().regex(/^[0-9]{1,9}$/)])
    .transform(Number)
    .optional(),
  'forward-port': text.optional(),
  'back-fill': text.optional(),
  cleanup: text.optional(),
  'post-mortem': text.optional(),
  paid: z.array(z.enum(debts)).default([]),
});

/** Holds of `.trunkline/holds.yaml`; none where there is no file. @throws CONFIG_INVALID: a hold that cannot be read must not be passed over */
export function parseHolds(file: string | undefined): readonly Hold[] {
  return read(holdsPath, file, z.array(holdEntry)).map(({ until, ...hold }) => ({
    ...hold,
    ...(until === undefined ? {} : { until }),
  }));
}

/** Hotfixes of `.trunkline/hotfixes.yaml`; errors as `parseHolds`. */
export function parseHotfixes(file: string | undefined): readonly Hotfix[] {
  return read(hotfixesPath, file, z.array(hotfixEntry)).map((entry): Hotfix => {
    const { incident, branch, commit, lines, ...rest } = entry;
    const due = Object.fromEntries(debts.flatMap((debt) => (entry[debt] === undefined ? [] : [[debt, entry[debt]]])));
    return {
      service: rest.service,
      environment: rest.environment,
      digest: rest.digest,
      reason: rest.reason,
      author: rest.author,
      since: rest.since,
      skipped: rest.skipped,
      gates: rest.gates,
      due,
      paid: rest.paid,
      ...(incident === undefined ? {} : { incident }),
      ...(branch === undefined ? {} : { branch }),
      ...(commit === undefined ? {} : { commit }),
      ...(lines === undefined ? {} : { lines }),
    };
  });
}

function read<T>(path: string, file: string | undefined, schema: z.ZodType<T[]>): T[] {
  if (file === undefined) return [];
  let value: unknown;
  try {
    value = parse(file, { version: '1.2' });
  } catch (error) {
    throw new TrunklineError(
      'CONFIG_INVALID',
      `${path} is not YAML: ${error instanceof Error ? error.message : String(error)}`,
      { location: { file: path } },
    );
  }
  const found = schema.safeParse(value ?? []);
  if (found.success) return found.data;
  const [issue] = found.error.issues;
  throw new TrunklineError(
    'CONFIG_INVALID',
    `${path}: ${issue?.path.map(String).join('.') ?? ''}: ${issue?.message ?? ''}`,
    { location: { file: path } },
  );
}

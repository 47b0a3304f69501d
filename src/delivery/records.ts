import { parse } from 'yaml';
import { z } from 'zod';
import { holdsPath, hotfixesPath } from '../config/config.ts';
import { TrunklineError } from '../errors.ts';
import { isDigest } from '../model/digest.ts';
import type { Hold, Hotfix } from '../model/hold.ts';

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
  return read(hotfixesPath, file, z.array(hotfixEntry)).map(({ incident, ...hotfix }) => ({
    ...hotfix,
    ...(incident === undefined ? {} : { incident }),
  }));
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

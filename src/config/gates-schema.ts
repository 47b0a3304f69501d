import { z } from 'zod';
import { skippableGates } from '../model/gates.ts';
import { duration, file, name, team } from './scalars.ts';

const trailer = z
  .string()
  .regex(/^[A-Z][A-Za-z0-9]*(?:-[A-Za-z0-9]+)*$/, 'expected the name of a trailer, such as "Change-Record"');

export const gates = z.strictObject({
  synced: z.boolean().optional(),
  healthy: duration.optional(),
  freeze: z.array(name).optional(),
  trailers: z.array(trailer).optional(),
  checks: z.array(z.string().min(1)).optional(),
});

export const approve = z.record(team, z.int().min(1).max(10));

export const group = z.strictObject({ approve: approve.default({}), gates: gates.optional() });

const except = z.strictObject({ start: z.string(), end: z.string() });

/** Moments are read by `checkFreezes`, which can say more than a pattern. */
export const freeze = z.strictObject({
  start: z.string().optional(),
  end: z.string().optional(),
  calendar: file.optional(),
  timezone: z.string().min(1),
  except: z.array(except).default([]),
  override: team.optional(),
});

const due = z.strictObject({
  'forward-port': duration.optional(),
  'back-fill': duration.optional(),
  cleanup: duration.optional(),
  'post-mortem': duration.optional(),
});
const quota = z.strictObject({
  week: z.int().min(1).max(1000).optional(),
  author: z.int().min(1).max(1000).optional(),
});

export const hotfix = z.strictObject({
  skip: z.array(z.enum(skippableGates)).optional(),
  lines: z.int().min(1).max(100_000).optional(),
  quota: quota.optional(),
  due: due.optional(),
});

export type GatesDocument = z.infer<typeof gates>;
export type FreezeDocument = z.infer<typeof freeze>;
export type HotfixDocument = z.infer<typeof hotfix>;

/** As `knownKeys` of the whole file: keys by place. */
export const knownGateKeys: Readonly<Record<string, readonly string[]>> = {
  'Environments.groups.*': Object.keys(group.shape),
  'Environments.groups.*.gates': Object.keys(gates.shape),
  'Environments.environments.*.gates': Object.keys(gates.shape),
  'Environments.freezes.*': Object.keys(freeze.shape),
  'Environments.freezes.*.except.*': Object.keys(except.shape),
  'Environments.hotfix': Object.keys(hotfix.shape),
  'Environments.hotfix.quota': Object.keys(quota.shape),
  'Environments.hotfix.due': Object.keys(due.shape),
};

import { z } from 'zod';
import type { Finding } from './finding.ts';

const day = z
  .string({ error: 'expected a day such as 2026-12-31' })
  .regex(/^\d{4}-\d{2}-\d{2}$/, 'expected a day such as 2026-12-31')
  .refine(exists, 'expected a day that exists, such as 2026-12-31');

function exists(day: string): boolean {
  const time = Date.parse(day);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(day);
}

/** A finding that somebody answers for, for some time. */
export const waiver = z.strictObject({
  id: z.string().min(1),
  package: z.string().min(1).optional(),
  /** A file or target as the report names it; all of them unless given. */
  target: z.string().min(1).optional(),
  reason: z.string().min(1),
  owner: z.string().min(1),
  /** The last day on which it holds, in UTC. */
  expires: day,
});

export const waiversDocument = z.strictObject({ waivers: z.array(waiver) });

export type Waiver = z.infer<typeof waiver>;

/** Whether it speaks of this finding, by whichever of its names. */
export function covers(one: Waiver, finding: Finding): boolean {
  return (
    [finding.id, ...finding.aliases].includes(one.id) &&
    (one.package === undefined || one.package === finding.package) &&
    (one.target === undefined || one.target === finding.target)
  );
}

/** `today`: a day in UTC, `2026-12-31`. */
export function expired(one: Waiver, today: string): boolean {
  return one.expires < today;
}

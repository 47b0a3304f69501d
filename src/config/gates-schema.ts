import { z } from 'zod';
import { skippableGates } from '../model/gates.ts';
import { duration, file, name, team } from './scalars.ts';

const trailer = z
  .string()
  .regex(/^[A-Z][A-Za-z0-9]*(?:-[A-Za-z0-9]+)*$/, 'expected the name of a trailer, such as "Change-Record"');

export const gates = z.strictObject({
  synced: z
    .boolean()
    .optional()
    .describe('The environment before runs the release, and its last deployment succeeded.'),
  healthy: duration.optional().describe('… and has been healthy without a break for so long.'),
  freeze: z.array(name).optional().describe('Names of `freezes`, none of which may be in force.'),
  trailers: z.array(trailer).optional().describe('Trailers that the pull request must carry, such as Change-Record.'),
  checks: z.array(z.string().min(1)).optional().describe('Checks that must be green.'),
});

export const approve = z.record(team, z.int().min(1).max(10));

export const group = z.strictObject({
  approve: approve.default({}).describe('Team → approvals wanted of it.'),
  gates: gates.optional().describe('What must hold before a promotion.'),
});

const except = z.strictObject({
  start: z.string().describe('Such as 2026-12-28 09:00.'),
  end: z.string().describe('Such as 2026-12-28 12:00.'),
});

/** Moments are read by `checkFreezes`, which can say more than a pattern. */
export const freeze = z.strictObject({
  start: z
    .string()
    .optional()
    .describe(
      'Such as Fri 16:00 (every week), 22:00 (every day), 12-20 18:00 (every year) or 2026-12-20 18:00 (once).',
    ),
  end: z
    .string()
    .optional()
    .describe('Such as Mon 08:00, 06:00, 01-04 08:00 or 2027-01-04 08:00, in the same form as `start`.'),
  calendar: file.optional().describe('Instead of both: an iCalendar file of the repository.'),
  timezone: z.string().min(1).describe('Such as Europe/Berlin.'),
  except: z.array(except).default([]).describe('When it is open nevertheless.'),
  override: team.optional().describe('Team, a member of which may approve meanwhile.'),
});

const due = z.strictObject({
  'forward-port': duration.optional().describe('The fix on the default branch.'),
  'back-fill': duration.optional().describe('The environments that were skipped.'),
  cleanup: duration.optional().describe('The cleanup, by the whole way.'),
  'post-mortem': duration.optional().describe('The written account.'),
});
const quota = z.strictObject({
  week: z.int().min(1).max(1000).optional().describe('In seven days.'),
  author: z.int().min(1).max(1000).optional().describe('Of one author in ninety days.'),
});

export const hotfix = z.strictObject({
  skip: z.array(z.enum(skippableGates)).optional().describe('Gates that a hotfix may pass over, on record.'),
  lines: z.int().min(1).max(100_000).optional().describe('How many changed lines it may have.'),
  quota: quota.optional().describe('How many, before two have to approve.'),
  due: due.optional().describe('By when what it owes has to be paid.'),
});

export type GatesDocument = z.infer<typeof gates>;
export type FreezeDocument = z.infer<typeof freeze>;
export type HotfixDocument = z.infer<typeof hotfix>;

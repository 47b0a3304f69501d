import { z } from 'zod';

/** What a service's risk asks of its tests. */
export const risk = z.strictObject({
  coverage: z
    .number({ error: 'expected a percentage from 0 to 100, such as 80' })
    .min(0, 'expected a percentage from 0 to 100')
    .max(100, 'expected a percentage from 0 to 100')
    .optional()
    .describe('Least share in percent that tests must reach.'),
  enforce: z.enum(['main', 'always']).default('always').describe('`main`: on pull requests it is only said.'),
});

export const scan = z.strictObject({
  fail: z.enum(['low', 'medium', 'high', 'critical']).default('high').describe('The weakest severity that stops.'),
  unfixed: z.enum(['ignore', 'fail']).default('fail').describe('What nobody can mend yet.'),
  unknown: z.enum(['ignore', 'fail']).default('fail').describe('What has no severity.'),
});

import { z } from 'zod';

/** What a service's risk asks of its tests. */
export const risk = z.strictObject({
  coverage: z
    .number({ error: 'expected a percentage from 0 to 100, such as 80' })
    .min(0, 'expected a percentage from 0 to 100')
    .max(100, 'expected a percentage from 0 to 100')
    .optional(),
  enforce: z.enum(['main', 'always']).default('always'),
});

export const scan = z.strictObject({
  fail: z.enum(['low', 'medium', 'high', 'critical']).default('high'),
  unfixed: z.enum(['ignore', 'fail']).default('fail'),
  unknown: z.enum(['ignore', 'fail']).default('fail'),
});

export const knownRiskKeys: Readonly<Record<string, readonly string[]>> = {
  'Services.defaults': ['scan'],
  'Services.defaults.scan': Object.keys(scan.shape),
  'Services.risks.*': Object.keys(risk.shape),
};

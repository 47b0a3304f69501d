import { z } from 'zod';
import { parseDuration } from '../../model/duration.ts';

const milliseconds = z.string({ error: 'expected a duration such as 500ms or 2s' }).transform((text, context) => {
  const found = /^([1-9]\d{0,5})ms$/.exec(text)?.[1];
  const parsed = found === undefined ? parseDuration(text) : Number(found);
  if (parsed !== undefined) return parsed;
  context.addIssue({ code: 'custom', message: `expected a duration such as 500ms or 2s, found "${text}"` });
  return z.NEVER;
});
const text = z.string().min(1);
const plain = z.union([z.string(), z.number(), z.boolean(), z.null()]);

const common = {
  name: text.optional(),
  /** How often it is tried again before it counts. */
  retries: z.int().min(0).max(100).default(5),
  every: milliseconds.default(2000),
};

/** What an answer must be; whatever is left out may be anything. */
export const expectation = z.strictObject({
  status: z.union([z.int(), z.array(z.int()).min(1)]).default(200),
  /** Stands somewhere in the body. */
  body: text.optional(),
  /** A regular expression (RE2) that matches somewhere in the body. */
  matches: text.optional(),
  /** By name: stands somewhere in the header's value. */
  headers: z.record(text, text).default({}),
  /** Keys and indexes joined by dots: `items.0.id`. */
  json: z.record(text, plain).default({}),
  /** From the request to the end of the body. */
  within: milliseconds.optional(),
});

export const httpCheck = z.strictObject({
  url: z.string().regex(/^https?:\/\//, 'expected a URL that starts with http:// or https://'),
  method: z.enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']).default('GET'),
  headers: z.record(text, z.string()).default({}),
  send: z.string().optional(),
  expect: expectation.default({ status: 200, headers: {}, json: {} }),
  ...common,
});

export const commandCheck = z.strictObject({ command: text, ...common });

export const smokeDocument = z.strictObject({ checks: z.array(z.union([httpCheck, commandCheck])).min(1) });

export type HttpCheck = z.infer<typeof httpCheck>;
export type CommandCheck = z.infer<typeof commandCheck>;
export type SmokeCheck = HttpCheck | CommandCheck;
export type Expectation = z.infer<typeof expectation>;

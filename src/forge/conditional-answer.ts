import { createHash } from 'node:crypto';
import type { Context } from 'hono';

/**
 * Gives an answer to GET its ETag, and answers 304 without a body where the asker has it already; says whether it did
 * (docs.github.com, "Best practices for using the REST API": conditional requests).
 */
export async function answerConditionally(c: Context): Promise<boolean> {
  const { res } = c;
  if (c.req.method !== 'GET' || res.status !== 200) return false;
  if (res.headers.get('content-type')?.startsWith('application/json') !== true) return false;
  const text = await res.text();
  const tag = `"${createHash('sha256').update(text).digest('hex')}"`;
  const known = isKnown(c.req.header('if-none-match'), tag);
  c.res = known ? new Response(null, { status: 304 }) : new Response(text, res);
  c.header('ETag', `W/${tag}`);
  if (known) c.res.headers.delete('content-type');
  return known;
}

function isKnown(given: string | undefined, tag: string): boolean {
  return given === '*' || given?.split(',').some((one) => one.trim().replace(/^W\//, '') === tag) === true;
}

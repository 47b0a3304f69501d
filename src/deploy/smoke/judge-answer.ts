import { RE2JS } from 're2js';
import type { Expectation } from './smoke-check.ts';

export interface Answer {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
  readonly milliseconds: number;
}

/** Everything in which an answer is not what is expected; nothing where it is. */
export function judgeAnswer(expected: Expectation, answer: Answer): readonly string[] {
  const { status, body, matches, headers, json, within } = expected;
  const statuses = Array.isArray(status) ? status : [status];
  const found: string[] = [];
  if (!statuses.includes(answer.status)) found.push(`expected status ${statuses.join(' or ')}, found ${answer.status}`);
  if (body !== undefined && !answer.body.includes(body))
    found.push(`expected "${body}" in the body, found "${excerpt(answer.body)}"`);
  if (matches !== undefined && !RE2JS.compile(matches).matcher(answer.body).find())
    found.push(`expected the body to match ${matches}, found "${excerpt(answer.body)}"`);
  for (const [name, value] of Object.entries(headers)) {
    const header = answer.headers.get(name.toLowerCase());
    if (header?.includes(value) !== true)
      found.push(`expected "${value}" in the header ${name}, found ${header ?? 'none'}`);
  }
  if (Object.keys(json).length > 0) found.push(...judgeJson(json, answer.body));
  if (within !== undefined && answer.milliseconds > within)
    found.push(`expected it within ${within} ms, found ${Math.round(answer.milliseconds)} ms`);
  return found;
}

function judgeJson(json: Expectation['json'], body: string): readonly string[] {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return [`expected JSON, found "${excerpt(body)}"`];
  }
  return Object.entries(json).flatMap(([path, wanted]) => {
    const found = at(value, path.split('.'));
    if (found === wanted) return [];
    return [
      `expected ${path} to be ${JSON.stringify(wanted)}, found ${found === undefined ? 'nothing' : excerpt(JSON.stringify(found))}`,
    ];
  });
}

function at(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (inner, key) =>
      typeof inner === 'object' && inner !== null && Object.hasOwn(inner, key)
        ? (inner as Readonly<Record<string, unknown>>)[key]
        : undefined,
    value,
  );
}

function excerpt(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length > 120 ? `${line.slice(0, 119)}…` : line;
}

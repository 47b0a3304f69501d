import type { Clock } from '../ports.ts';

/** How often, at most, and how long, at most, in milliseconds. */
const attempts = 5;
const longest = 30_000;

/** What a registry, or a proxy in front of it, answers when asking again may help. */
const passing = new Set([429, 502, 503, 504]);

/**
 * Asks again while the answer is 429, 502, 503 or 504, after what Retry-After says, or 0.5, 1, 2 and 4 seconds. The last
 * answer is handed on as it is. Connections that fail are asked again: an upload that is opened twice is left to expire.
 */
export async function withRetries(
  clock: Pick<Clock, 'now' | 'sleep'> | undefined,
  ask: () => Promise<Response>,
): Promise<Response> {
  for (let attempt = 1; ; attempt += 1) {
    const last = clock === undefined || attempt === attempts;
    try {
      const response = await ask();
      if (last || !passing.has(response.status)) return response;
      await response.body?.cancel();
      await clock.sleep(wait(response, attempt, clock.now()));
    } catch (error) {
      if (last) throw error;
      await clock.sleep(pause(attempt));
    }
  }
}

const pause = (attempt: number): number => 500 * 2 ** (attempt - 1);

/** Retry-After has seconds or a date. */
function wait(response: Response, attempt: number, now: number): number {
  const text = response.headers.get('retry-after') ?? '';
  const asked = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now;
  return Math.min(Number.isFinite(asked) && asked > 0 ? asked : pause(attempt), longest);
}

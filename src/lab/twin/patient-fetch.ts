import type { Ports } from '../../ports.ts';

const mutating = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);
const tries = 5;

/**
 * Asks as GitHub wants to be asked: writes at a distance from each other, again after `Retry-After`, and again for a
 * pull request of which it does not know yet whether it merges.
 */
export function patientFetch(
  { clock, fetch, interrupted }: Pick<Ports, 'clock' | 'fetch' | 'interrupted'>,
  pace: number,
): typeof globalThis.fetch {
  let free = 0;
  return async (input, init) => {
    const method = init?.method?.toUpperCase() ?? 'GET';
    const path = new URL(String(input)).pathname;
    for (let tried = 1; ; tried += 1) {
      if (mutating.has(method) && pace > 0) {
        const wait = free - clock.now();
        free = Math.max(free, clock.now()) + pace;
        if (wait > 0) await clock.sleep(wait, interrupted);
      }
      const answer = await fetch(input, init);
      const text = await answer.text();
      const after = Number(answer.headers.get('retry-after') ?? Number.NaN);
      const limited = (answer.status === 403 || answer.status === 429) && Number.isFinite(after);
      const unsure =
        method === 'GET' &&
        /\/pulls\/\d+$/.test(path) &&
        /"state":\s*"open"/.test(text) &&
        /"mergeable":\s*null/.test(text);
      if (tried === tries || !(limited || unsure)) return rebuilt(answer, text);
      await clock.sleep(limited ? after * 1000 : 1000, interrupted);
    }
  };
}

/** Read to its end, and to be read again. */
function rebuilt({ status, statusText, headers, url }: Response, text: string): Response {
  const body = status === 204 || status === 205 || status === 304 ? null : text;
  const made = new Response(body, { status, statusText, headers: [...headers] });
  // Octokit tells from it whether it was led elsewhere.
  Object.defineProperty(made, 'url', { value: url });
  return made;
}

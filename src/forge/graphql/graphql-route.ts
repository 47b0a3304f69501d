import type { Forge } from '../forge.ts';
import type { ForgeApp } from '../http.ts';
import type { RateLimiter } from '../rate-limits/rate-limiter.ts';
import type { RequestCounts } from '../request-counts.ts';
import type { queryAnswerer } from './answer-query.ts';

/** POST /graphql. The executor is loaded when it is first asked for: it is a third of what a forge loads. */
export function graphqlRoute(app: ForgeApp, forge: Forge, counts: RequestCounts, limits: RateLimiter): void {
  let answer: Promise<ReturnType<typeof queryAnswerer>> | undefined;
  app.post('/graphql', async (c) => {
    answer ??= import('./answer-query.ts').then((loaded) => loaded.queryAnswerer(forge, counts, limits));
    return (await answer)(c);
  });
}

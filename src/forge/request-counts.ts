import type { Identity } from './http.ts';

export interface RequestCount {
  /** Login, `app/<id>` for an App's JWT, or `anonymous`. */
  readonly who: string;
  readonly kind: 'rest' | 'graphql' | 'git';
  readonly method: string;
  /** The route's pattern: `/repos/:owner/:repo/pulls`. */
  readonly route: string;
  readonly mutating: boolean;
  readonly count: number;
}

/** How many requests of which kind came from whom. */
export class RequestCounts {
  readonly #counts = new Map<string, RequestCount>();

  add(identity: Identity, request: Omit<RequestCount, 'who' | 'count'>): void {
    const who = whoAsks(identity);
    const key = [who, request.kind, request.method, request.route, request.mutating].join(' ');
    this.#counts.set(key, { ...request, who, count: (this.#counts.get(key)?.count ?? 0) + 1 });
  }

  list(): readonly RequestCount[] {
    return [...this.#counts.values()];
  }

  /** How many requests match; all fields that are given must be equal. */
  total(match: Partial<Omit<RequestCount, 'count'>> = {}): number {
    return this.list()
      .filter((one) => match.who === undefined || one.who === match.who)
      .filter((one) => match.kind === undefined || one.kind === match.kind)
      .filter((one) => match.method === undefined || one.method === match.method)
      .filter((one) => match.route === undefined || one.route === match.route)
      .filter((one) => match.mutating === undefined || one.mutating === match.mutating)
      .reduce((sum, one) => sum + one.count, 0);
  }

  reset(): void {
    this.#counts.clear();
  }
}

export function whoAsks(identity: Identity): string {
  return identity.account?.login ?? (identity.appId === undefined ? identity.kind : `app/${identity.appId}`);
}

/** A recorded stop on automation for a service in an environment; `*` stands for all of them. */
export interface Hold {
  readonly service: string;
  readonly environment: string;
  readonly reason: string;
  /** Login of whoever asked for it. */
  readonly author: string;
  /** ISO 8601, in UTC. */
  readonly since: string;
  /** ISO 8601; the hold ends by itself then. */
  readonly until?: string;
}

/** Whether the hold stops the service in the environment at a time (milliseconds since the epoch). */
export function holds(hold: Hold, service: string, environment: string, now: number): boolean {
  const covers = (scope: string, name: string): boolean => scope === '*' || scope === name;
  if (!covers(hold.service, service) || !covers(hold.environment, environment)) return false;
  // A date that cannot be read never ends a hold.
  return hold.until === undefined || !(Date.parse(hold.until) <= now);
}

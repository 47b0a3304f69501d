import type { Location, Problem } from '../errors.ts';

/** What GitHub would refuse a workflow or action for, in its words. */
export function invalid(location: Location, message: string): Problem {
  return { code: 'WORKFLOW_INVALID', message, location };
}

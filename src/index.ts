/** The public library: explicit re-exports only. */
export type { ErrorCode, Location, Problem } from './errors.ts';
export { TrunklineError } from './errors.ts';

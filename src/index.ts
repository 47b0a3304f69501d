/** The public library: explicit re-exports only. */
export type { ErrorCode, Location, Problem } from './errors.ts';
export { TrunklineError } from './errors.ts';
export { readPinAt, setPinAt } from './manifest/manifest.ts';
export type { Pin, PinnedRelease } from './manifest/pin.ts';
export type { ManifestPlace } from './manifest/place.ts';

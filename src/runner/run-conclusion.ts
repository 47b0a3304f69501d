import type { Conclusion } from '../protocol/run.ts';
import type { JobOutcome } from './call-scope.ts';

/** How a run ends, of how its jobs ended: a failure outweighs a cancellation, which outweighs success. */
export function runConclusion(results: readonly JobOutcome['result'][], cancelled: boolean): Conclusion {
  if (cancelled && results.includes('cancelled')) return 'cancelled';
  if (results.includes('failure')) return 'failure';
  if (results.includes('cancelled')) return 'cancelled';
  if (results.length > 0 && results.every((result) => result === 'skipped')) return 'skipped';
  return 'success';
}

/** A matrix job, or a called workflow, as `needs` sees it. */
export function combineResults(results: readonly JobOutcome['result'][]): JobOutcome['result'] {
  if (results.includes('failure')) return 'failure';
  if (results.includes('cancelled')) return 'cancelled';
  if (results.length === 0 || results.every((result) => result === 'skipped')) return 'skipped';
  return 'success';
}

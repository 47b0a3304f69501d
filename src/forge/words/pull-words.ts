import { fixed } from './word.ts';

/** What pull requests and reviews are refused with. */
export const pullWords = {
  mayNotDismiss: fixed('K', 'You are not allowed to dismiss this review.'),
} as const;

import { fixed } from './word.ts';

/** What hooks are refused with. */
export const hookWords = {
  hookWithoutUrl: fixed('K', 'config must contain URL for webhooks'),
  hookWithoutScheme: fixed('F', 'url is missing a scheme'),
  hookWithoutEvents: fixed('K', 'events must contain at least one event'),
  hookExists: fixed('F', 'Hook already exists on this repository'),
} as const;

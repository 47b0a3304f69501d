import type { components } from '@octokit/openapi-types';

/** Nobody reacts here. */
export function noReactions(url: string): components['schemas']['reaction-rollup'] {
  const none = { '+1': 0, '-1': 0, laugh: 0, confused: 0, heart: 0, hooray: 0, eyes: 0, rocket: 0 };
  return { url: `${url}/reactions`, total_count: 0, ...none };
}

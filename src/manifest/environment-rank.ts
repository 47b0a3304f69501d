/** In the order in which releases usually pass them. */
const ranks = [
  /^(?:local|sandbox|preview)/i,
  /^(?:dev|int)/i,
  /^(?:ci|test|qa|sit)/i,
  /^(?:stag|stg|uat|accept)/i,
  /^(?:pre-?prod|canary)/i,
  /^(?:prod|prd|live)/i,
];

/** What a name has that says nothing of its place. */
export const unknownRank = ranks.length;

/** The place of an environment among others, as its name suggests. */
export function environmentRank(name: string): number {
  const found = ranks.findIndex((pattern) => pattern.test(name));
  return found === -1 ? unknownRank : found;
}

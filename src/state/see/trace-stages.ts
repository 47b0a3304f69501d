/** The eight stages that a change passes, each of which leaves something that can be asked for. */
export const stages = [
  'commit',
  'pull request',
  'checks',
  'review and merge',
  'infra update',
  'reconcile',
  'rollout',
  'health',
] as const;

export type StageName = (typeof stages)[number];

/** `here`: it waits, and `what` says for what; `unknown`: nothing that could be read tells, which is never called done. */
export type StageState = 'done' | 'here' | 'not reached' | 'unknown';

export interface Stage {
  readonly stage: StageName;
  /** From the fifth stage on. */
  readonly environment: string | null;
  readonly state: StageState;
  /** ISO 8601 */
  readonly at: string | null;
  readonly what: string;
  readonly url: string | null;
}

export function stage(
  name: StageName,
  environment: string | null,
  state: StageState,
  what: string,
  more: { readonly at?: number | undefined; readonly url?: string | undefined } = {},
): Stage {
  return {
    stage: name,
    environment,
    state,
    at: more.at === undefined || Number.isNaN(more.at) ? null : new Date(more.at).toISOString(),
    what,
    url: more.url ?? null,
  };
}

/** The first stage that waits; undefined where none does. */
export function stuckAt(all: readonly Stage[]): Stage | undefined {
  return all.find((one) => one.state === 'here');
}

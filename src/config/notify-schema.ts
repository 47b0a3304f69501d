import { z } from 'zod';

/** Kinds of what is told; the room that tells them holds to the same list. */
export const notifyKinds = [
  'deployed',
  'failed',
  'infrastructure',
  'rollback',
  'held',
  'resumed',
  'hotfix',
  'findings',
] as const;

const channel = z.strictObject({ when: z.array(z.enum(notifyKinds)).min(1).optional() });
const slack = channel.extend({ channel: z.string().min(1).optional() });

/** Who hears what; secrets come by the environment of the step, never from here. */
export const notify = z.strictObject({
  slack: slack.optional(),
  discord: channel.optional(),
  pagerduty: channel.optional(),
  webhook: channel.optional(),
});

export const knownNotifyKeys: Readonly<Record<string, readonly string[]>> = {
  'Environments.notify': Object.keys(notify.shape),
  'Environments.notify.slack': Object.keys(slack.shape),
  'Environments.notify.discord': Object.keys(channel.shape),
  'Environments.notify.pagerduty': Object.keys(channel.shape),
  'Environments.notify.webhook': Object.keys(channel.shape),
};

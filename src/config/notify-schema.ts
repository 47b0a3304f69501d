import { z } from 'zod';
import { team } from './scalars.ts';

/** Kinds of what is told; the room that tells them holds to the same list. */
export const notifyKinds = [
  'deployed',
  'failed',
  'infrastructure',
  'rollback',
  'rollback-failed',
  'held',
  'resumed',
  'hotfix',
  'findings',
] as const;

const channel = z.strictObject({
  when: z.array(z.enum(notifyKinds)).min(1).optional().describe('What it hears; everything unless said.'),
  teams: z
    .array(team)
    .min(1)
    .optional()
    .describe(
      'Teams with a secret of their own, named after them: …_ORDERS_TEAM for orders-team. What concerns their services goes there instead, but for infrastructure and rollbacks that failed.',
    ),
});
const slack = channel.extend({
  channel: z.string().min(1).optional().describe('Where, where the webhook leaves it open.'),
});

/** Who hears what; secrets come by the environment of the step, never from here. */
export const notify = z.strictObject({
  slack: slack.optional().describe('By the secret SLACK_WEBHOOK_URL.'),
  discord: channel.optional().describe('By the secret DISCORD_WEBHOOK_URL.'),
  pagerduty: channel.optional().describe('By the secret PAGERDUTY_ROUTING_KEY.'),
  webhook: channel.optional().describe('By the secrets NOTIFY_WEBHOOK_URL and NOTIFY_WEBHOOK_SECRET.'),
});

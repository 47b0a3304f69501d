import type { NotifyChannel } from '../../config/config.ts';
import type { Fields } from './render-yaml.ts';

const byChannel = {
  slack: ['SLACK_WEBHOOK_URL'],
  discord: ['DISCORD_WEBHOOK_URL'],
  pagerduty: ['PAGERDUTY_ROUTING_KEY'],
  webhook: ['NOTIFY_WEBHOOK_URL', 'NOTIFY_WEBHOOK_SECRET'],
} as const;

/** What the channels that are told something need. */
export function notifySecrets(notify: readonly NotifyChannel[] = []): readonly string[] {
  return notify.flatMap(({ name }) => byChannel[name]);
}

/** As variables of a step. */
export function notifyEnv(notify: readonly NotifyChannel[]): Fields {
  return Object.fromEntries(notifySecrets(notify).map((name) => [name, `\${{ secrets.${name} }}`]));
}

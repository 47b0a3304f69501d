import { createHmac } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { NotifyChannel, NotifyKind } from '../config/config.ts';
import type { Ports } from '../ports.ts';
import type { Message } from './notification.ts';
import { discordBody, pagerdutyBody, slackBody, webhookBody } from './render-notification.ts';

export type ChannelName = NotifyChannel['name'];

export interface Sent {
  readonly channel: ChannelName;
  readonly outcome: 'sent' | 'told before' | 'not for this' | 'no secret' | 'failed';
  /** Why it failed. Never names a secret. */
  readonly reason?: string;
}

/** Variables that hold the channels' secrets, in the environment of the step. */
export const channelSecrets: Readonly<Record<ChannelName, string>> = {
  slack: 'SLACK_WEBHOOK_URL',
  discord: 'DISCORD_WEBHOOK_URL',
  pagerduty: 'PAGERDUTY_ROUTING_KEY',
  webhook: 'NOTIFY_WEBHOOK_URL',
};
const pagerduty = 'https://events.pagerduty.com/v2/enqueue';
const attempts = 3;
const patience = 10_000;

/** Tells every channel; whatever fails is an answer, never an error: no deployment fails for its message. */
export async function sendNotification(
  { env, fetch }: Pick<Ports, 'env' | 'fetch'>,
  channels: readonly NotifyChannel[],
  kind: NotifyKind,
  message: Message,
  source: string,
): Promise<readonly Sent[]> {
  return Promise.all(
    channels.map(async ({ name, when, channel }): Promise<Sent> => {
      if (when !== undefined && !when.includes(kind)) return { channel: name, outcome: 'not for this' };
      const secret = env[channelSecrets[name]];
      if (secret === undefined || secret === '') return { channel: name, outcome: 'no secret' };
      const reason = await deliver(fetch, request(name, secret, channel, message, source, env));
      return reason === undefined ? { channel: name, outcome: 'sent' } : { channel: name, outcome: 'failed', reason };
    }),
  );
}

interface Delivery {
  readonly url: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

function request(
  name: ChannelName,
  secret: string,
  channel: string | undefined,
  message: Message,
  source: string,
  env: Ports['env'],
): Delivery {
  const bodies: Readonly<Record<ChannelName, () => unknown>> = {
    slack: () => slackBody(message, channel),
    discord: () => discordBody(message),
    pagerduty: () => pagerdutyBody(message, secret, source),
    webhook: () => webhookBody(message, source),
  };
  const body = JSON.stringify(bodies[name]());
  const key = env['NOTIFY_WEBHOOK_SECRET'] ?? '';
  const signed = name === 'webhook' && key !== '';
  return {
    url: name === 'pagerduty' ? pagerduty : secret,
    body,
    headers: {
      'content-type': 'application/json',
      'idempotency-key': `${source}/${message.key}`,
      ...(signed
        ? { 'x-trunkline-signature-256': `sha256=${createHmac('sha256', key).update(body).digest('hex')}` }
        : {}),
    },
  };
}

/** Undefined when it arrived. The URL is a secret: only its host is named. */
async function deliver(fetch: Ports['fetch'], { url, body, headers }: Delivery): Promise<string | undefined> {
  if (!URL.canParse(url)) return 'its secret is no URL';
  const { host } = new URL(url);
  for (let attempt = 1; ; attempt += 1) {
    const found = await fetch(url, { method: 'POST', headers, body, signal: AbortSignal.timeout(patience) }).then(
      async (response) => {
        await response.body?.cancel();
        return response.ok
          ? undefined
          : { reason: `${host} answered ${response.status}`, again: response.status === 429 || response.status >= 500 };
      },
      () => ({ reason: `${host} cannot be reached`, again: true }),
    );
    if (found === undefined) return undefined;
    if (!found.again || attempt === attempts) return found.reason;
    await delay(200 * 2 ** attempt);
  }
}

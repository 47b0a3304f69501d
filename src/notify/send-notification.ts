import { createHmac } from 'node:crypto';
import type { NotifyChannel, NotifyKind } from '../config/config.ts';
import { loginOf } from '../model/login-of.ts';
import type { Ports } from '../ports.ts';
import type { Message } from './notification.ts';
import { type Recipient, recipientsOf } from './recipients.ts';
import { discordBody, pagerdutyBody, slackBody, webhookBody } from './render-notification.ts';

export interface Sent {
  /** `slack`, or `slack of orders-team`. */
  readonly channel: string;
  readonly outcome: 'sent' | 'told before' | 'not for this' | 'no secret' | 'failed';
  /** Why it failed, or which variable is not set. Never names a secret. */
  readonly reason?: string;
}

const pagerduty = 'https://events.pagerduty.com/v2/enqueue';
const attempts = 3;
const patience = 10_000;

export interface Telling {
  readonly channels: readonly NotifyChannel[];
  readonly kind: NotifyKind;
  readonly message: Message;
  /** Slugs of the teams that own the service. */
  readonly owners: readonly string[];
  /** The repository that it comes from. */
  readonly source: string;
  /** Labels of recipients that have heard it. */
  readonly before: readonly string[];
}

/** Tells every channel; whatever fails is an answer, never an error: no deployment fails for its message. */
export async function sendNotification(
  { env, fetch, clock }: Pick<Ports, 'env' | 'fetch' | 'clock'>,
  { channels, kind, message, owners, source, before }: Telling,
): Promise<readonly Sent[]> {
  const has = (secret: string): boolean => (env[secret] ?? '') !== '';
  const recipients = channels.flatMap((channel) => recipientsOf(channel, kind, owners, has));
  return Promise.all(
    recipients.map(async (recipient): Promise<Sent> => {
      const { label: channel, hears, secrets } = recipient;
      const [first = ''] = secrets;
      if (before.includes(channel)) return { channel, outcome: 'told before' };
      if (!hears) return { channel, outcome: 'not for this' };
      if (!has(first)) return { channel, outcome: 'no secret', reason: `${first} is not set` };
      const reason = await deliver(fetch, clock, request(recipient, message, source, env));
      return reason === undefined ? { channel, outcome: 'sent' } : { channel, outcome: 'failed', reason };
    }),
  );
}

interface Delivery {
  readonly url: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

function request({ name, secrets, channel }: Recipient, message: Message, source: string, env: Ports['env']): Delivery {
  const [secret = '', key = ''] = secrets.map((one) => env[one] ?? '');
  const bodies: Readonly<Record<Recipient['name'], () => unknown>> = {
    slack: () => slackBody(message, channel),
    discord: () => discordBody(message),
    pagerduty: () => pagerdutyBody(message, secret.trim(), source),
    webhook: () => webhookBody(message, source),
  };
  const body = JSON.stringify(bodies[name]());
  const signed = key !== '';
  // Where no release tells one occasion from the next, the run does, whose attempts are one.
  const occasion = message.key.endsWith('/') ? (env['GITHUB_RUN_ID'] ?? '') : '';
  return {
    url: name === 'pagerduty' ? pagerduty : secret,
    body,
    headers: {
      'content-type': 'application/json',
      'idempotency-key': `${source}/${message.key}${occasion}`,
      ...(signed
        ? { 'x-trunkline-signature-256': `sha256=${createHmac('sha256', key).update(body).digest('hex')}` }
        : {}),
    },
  };
}

/**
 * Undefined when it arrived. The URL is a secret: only its host is named. What is moved elsewhere is not brought there, since
 * nobody said that it may go there, and a form to log in with that answers 200 has heard nothing.
 */
async function deliver(
  fetch: Ports['fetch'],
  clock: Ports['clock'],
  { url, body, headers }: Delivery,
): Promise<string | undefined> {
  if (!/^https?:/.test(url) || !URL.canParse(url)) return 'its secret is no URL';
  const to = new URL(url);
  const { host } = to;
  const login = loginOf(to);
  // fetch takes no URL with a login.
  [to.username, to.password] = ['', ''];
  const authorization = login === undefined ? {} : { authorization: `Basic ${Buffer.from(login).toString('base64')}` };
  const init = { method: 'POST', headers: { ...headers, ...authorization }, body, redirect: 'manual' as const };
  for (let attempt = 1; ; attempt += 1) {
    const found = await fetch(to, { ...init, signal: AbortSignal.timeout(patience) }).then(
      async (response) => {
        await response.body?.cancel();
        return response.ok
          ? undefined
          : {
              reason: `${host} answered ${response.status}`,
              again: response.status === 429 || response.status >= 500,
              after: Number(response.headers.get('retry-after') ?? Number.NaN) * 1000,
            };
      },
      () => ({ reason: `${host} cannot be reached`, again: true, after: Number.NaN }),
    );
    if (found === undefined) return undefined;
    if (!found.again || attempt === attempts) return found.reason;
    await clock.sleep(Math.min(Number.isNaN(found.after) ? 200 * 2 ** attempt : found.after, patience));
  }
}

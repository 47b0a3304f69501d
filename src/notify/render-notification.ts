import type { Level, Message } from './notification.ts';

/** Bodies for each channel; every text of the message's is escaped as the channel wants it. */
export function slackBody({ title, facts, url, level }: Message, channel: string | undefined): unknown {
  const mark: Readonly<Record<Level, string>> = {
    good: ':white_check_mark:',
    bad: ':x:',
    page: ':rotating_light:',
    plain: ':information_source:',
  };
  const lines = facts.map(([name, value]) => `*${name}* ${fitting(value)}`);
  const link = url === undefined ? [] : [`<${slackText(url)}|look at it>`];
  return {
    ...(channel === undefined ? {} : { channel }),
    text: slackText(title),
    blocks: [
      { type: 'section', text: { type: 'mrkdwn', text: `${mark[level]} *${slackText(title)}*` } },
      ...(lines.length + link.length === 0
        ? []
        : [{ type: 'section', text: { type: 'mrkdwn', text: [...lines, ...link].join('\n') } }]),
    ],
  };
}

/** A section takes 3,000 characters, escapes included, and holds three facts. */
function fitting(text: string): string {
  const escaped = slackText(text);
  return escaped.length <= 900 ? escaped : `${slackText(text.slice(0, 175))}…`;
}

/** docs.slack.dev, "Formatting message text": these three, and nothing else. */
function slackText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

const colours: Readonly<Record<Level, number>> = { good: 3066993, bad: 15158332, page: 15158332, plain: 0 };

export function discordBody({ title, facts, url, level }: Message): unknown {
  return {
    // A name in a reason must not wake everybody.
    allowed_mentions: { parse: [] },
    embeds: [
      {
        // discord.com/developers, "Embed limits".
        title: title.slice(0, 256),
        color: colours[level],
        fields: facts.map(([name, value]) => ({ name, value, inline: true })),
        ...(url === undefined ? {} : { url }),
      },
    ],
  };
}

/** Events API v2: one incident for one key, however often it is told. */
export function pagerdutyBody({ title, facts, url, level, key }: Message, routingKey: string, source: string): unknown {
  const severities: Readonly<Record<Level, string>> = { good: 'info', bad: 'error', page: 'critical', plain: 'info' };
  return {
    routing_key: routingKey,
    event_action: 'trigger',
    dedup_key: `${source}/${key}`,
    payload: { summary: title, source, severity: severities[level], custom_details: Object.fromEntries(facts) },
    ...(url === undefined ? {} : { links: [{ href: url, text: 'look at it' }] }),
  };
}

export function webhookBody(message: Message, source: string): unknown {
  const { title, facts, url, level, key } = message;
  return {
    schema: 1,
    source,
    key,
    level,
    title,
    facts: Object.fromEntries(facts),
    ...(url === undefined ? {} : { url }),
  };
}

import { type Body, optionalFlag, optionalText, optionalTexts, validationFailed } from '../body.ts';
import type { Hook } from '../rows.ts';
import { words } from '../words.ts';

export type HookConfig = Pick<Hook, 'url' | 'contentType' | 'secret' | 'insecureSsl'>;

/** `config` of a hook; what is left out stays. @throws ApiError 422 */
export function readHookConfig(body: Body, held?: HookConfig): HookConfig {
  const url = optionalText(body, 'url') ?? held?.url;
  const custom = (message: string) => validationFailed({ resource: 'Hook', code: 'custom', message });
  if (url === undefined || url === '') throw custom(words.hookWithoutUrl());
  if (!/^https?:\/\/./i.test(url) || !URL.canParse(url)) throw custom(words.hookWithoutScheme());
  const type = optionalText(body, 'content_type');
  const insecure = body['insecure_ssl'];
  return {
    url,
    contentType: type === undefined ? (held?.contentType ?? 'form') : type === 'json' ? 'json' : 'form',
    secret: optionalText(body, 'secret') ?? held?.secret ?? null,
    insecureSsl: insecure === undefined ? (held?.insecureSsl ?? false) : String(insecure) === '1',
  };
}

/** `events` and `active`, with `add_events` and `remove_events` of repositories' hooks. */
export function readHookEvents(body: Body, held?: Pick<Hook, 'events' | 'active'>): Pick<Hook, 'events' | 'active'> {
  const given = optionalTexts(body, 'events') ?? held?.events ?? ['push'];
  const added = optionalTexts(body, 'add_events') ?? [];
  const removed = new Set(optionalTexts(body, 'remove_events') ?? []);
  const events = [...new Set([...given, ...added])].filter((one) => !removed.has(one));
  if (events.length === 0)
    throw validationFailed({ resource: 'Hook', code: 'custom', message: words.hookWithoutEvents() });
  return { events, active: optionalFlag(body, 'active') ?? held?.active ?? true };
}

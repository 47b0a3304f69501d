import type { NotifyKind } from '../config/config.ts';

export type Level = 'good' | 'bad' | 'page' | 'plain';

/** How each kind is told, and how much it matters. */
const kinds: Readonly<Record<NotifyKind, { readonly verb: string; readonly level: Level }>> = {
  deployed: { verb: 'is deployed', level: 'good' },
  failed: { verb: 'failed its tests or its deployment', level: 'bad' },
  infrastructure: { verb: 'could not be deployed: what it runs on failed', level: 'page' },
  rollback: { verb: 'is rolled back', level: 'page' },
  'rollback-failed': { verb: 'could not be rolled back: somebody has to do it', level: 'page' },
  held: { verb: 'is held', level: 'plain' },
  resumed: { verb: 'is no longer held', level: 'plain' },
  hotfix: { verb: 'gets a hotfix', level: 'bad' },
  findings: { verb: 'has findings', level: 'bad' },
};

export interface Notification {
  readonly kind: NotifyKind;
  readonly service: string;
  readonly environment: string;
  /** Short names of releases. */
  readonly release?: string;
  readonly previous?: string;
  readonly by?: string;
  readonly reason?: string;
  /** Where to look. */
  readonly url?: string;
}

/** The one text that every channel gets: a title, and a line for each fact. */
export interface Message {
  readonly title: string;
  readonly facts: readonly (readonly [string, string])[];
  readonly url?: string;
  readonly level: Level;
  /** The same for the same thing told again, by a rerun or by another job. */
  readonly key: string;
}

const longest = 300;

export function describeNotification(notification: Notification): Message {
  const { kind, service, environment, release, previous, by, reason, url } = notification;
  const { verb, level } = kinds[kind];
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['release', release === undefined || previous === undefined ? release : `${previous} → ${release}`],
    ['by', by],
    ['reason', reason],
  ];
  return {
    title: `${oneLine(service)} ${verb} in ${oneLine(environment)}`,
    facts: facts.flatMap(([name, value]) =>
      value === undefined || value === '' ? [] : [[name, oneLine(value)] as const],
    ),
    level,
    key: [kind, environment, service, release ?? ''].join('/'),
    ...(url === undefined ? {} : { url }),
  };
}

function oneLine(text: string): string {
  const line = text.replaceAll(/[\s\u0000-\u001f\u007f]+/g, ' ').trim();
  return line.length > longest ? `${line.slice(0, longest - 1)}…` : line;
}

import { type NotifyChannel, type NotifyKind, secretsOfChannel } from '../config/config.ts';

/** One place that is told. */
export interface Recipient {
  /** `slack`, or `slack of orders-team`. */
  readonly label: string;
  readonly name: NotifyChannel['name'];
  /** What stands for it in the step's environment; the first says where to. */
  readonly secrets: readonly string[];
  /** Slack's, where its webhook leaves it open. */
  readonly channel?: string;
  readonly hears: boolean;
}

/** What no service's team can mend goes to everybody's channel. */
const platforms: ReadonlySet<NotifyKind> = new Set(['infrastructure', 'rollback-failed']);

/**
 * Whom a channel tells: the teams that own the service and have a secret of their own, else everybody. Infrastructure is
 * the platform's alone; of a rollback that failed both hear. A team whose secret is not there is told with everybody, so
 * that nothing is lost.
 */
export function recipientsOf(
  channel: NotifyChannel,
  kind: NotifyKind,
  owners: readonly string[],
  has: (secret: string) => boolean,
): readonly Recipient[] {
  const { name, when, channel: place, teams = [] } = channel;
  const hears = when === undefined || when.includes(kind);
  const everybody: Recipient = {
    label: name,
    name,
    secrets: secretsOfChannel(name),
    hears,
    ...(place === undefined ? {} : { channel: place }),
  };
  if (kind === 'infrastructure') return [everybody];
  const own = teams
    .filter((team) => owners.includes(team))
    .map((team) => ({ label: `${name} of ${team}`, name, secrets: secretsOfChannel(name, team), hears }));
  const reached = own.filter(({ secrets: [first = ''] }) => has(first));
  const alone = reached.length > 0 && reached.length === own.length && !platforms.has(kind);
  return alone ? reached : [...own, everybody];
}

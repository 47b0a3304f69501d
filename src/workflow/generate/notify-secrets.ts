import { channelNames, type NotifyChannel, secretsOfChannel, teamSecretPrefix } from '../../config/config.ts';
import type { Fields } from './render-yaml.ts';

/** What the channels that are told something need. */
export function notifySecrets(notify: readonly NotifyChannel[] = []): readonly string[] {
  return notify.flatMap(({ name, teams = [] }) =>
    [undefined, ...teams].flatMap((team) => secretsOfChannel(name, team)),
  );
}

/** What a workflow that knows no team is given for one service: everybody's, and those of the team that owns it. */
export function sharedNotifySecrets(): readonly string[] {
  const everybody = channelNames.flatMap((name) => secretsOfChannel(name));
  return [...everybody, ...everybody.map((name) => `${teamSecretPrefix}${name}`)];
}

/** The same as its caller has them, by the names above. */
export function givenNotifySecrets(
  notify: readonly NotifyChannel[] = [],
  owner: string | undefined,
): Readonly<Record<string, string>> {
  const given = notify.flatMap(({ name, teams = [] }) => {
    const everybody = secretsOfChannel(name);
    const own = owner !== undefined && teams.includes(owner) ? secretsOfChannel(name, owner) : [];
    return [
      ...everybody.map((one) => [one, one] as const),
      ...own.map((one, index) => [`${teamSecretPrefix}${everybody[index]}`, one] as const),
    ];
  });
  return Object.fromEntries(given);
}

/** As variables of a step. */
export function secretsEnv(names: readonly string[]): Fields {
  return Object.fromEntries(names.map((name) => [name, `\${{ secrets.${name} }}`]));
}

import { type NotifyChannel, secretsOfChannel } from '../../config/config.ts';
import type { Fields } from './render-yaml.ts';

/** What the channels that are told something need. */
export function notifySecrets(notify: readonly NotifyChannel[] = []): readonly string[] {
  return notify.flatMap(({ name, teams = [] }) =>
    [undefined, ...teams].flatMap((team) => secretsOfChannel(name, team)),
  );
}

/** As variables of a step. */
export function notifyEnv(notify: readonly NotifyChannel[]): Fields {
  return Object.fromEntries(notifySecrets(notify).map((name) => [name, `\${{ secrets.${name} }}`]));
}

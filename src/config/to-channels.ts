import type { z } from 'zod';
import type { NotifyChannel } from './config.ts';
import type { notify } from './notify-schema.ts';

/** Channels that are named, with what each hears. */
export function toChannels(said: z.infer<typeof notify>): readonly NotifyChannel[] {
  return Object.entries(said).flatMap(([name, one]) =>
    one === undefined
      ? []
      : [
          {
            name: name as NotifyChannel['name'],
            ...(one.when === undefined ? {} : { when: one.when }),
            ...(one.teams === undefined ? {} : { teams: one.teams }),
            ...('channel' in one && one.channel !== undefined ? { channel: one.channel } : {}),
          },
        ],
  );
}

import type { z } from 'zod';
import type { Problem } from '../errors.ts';
import { secretsOfChannel } from './config.ts';
import type { notify } from './notify-schema.ts';
import type { Locate } from './read-document.ts';
import { suggest } from './suggest.ts';
import { toChannels } from './to-channels.ts';

/** Teams with a secret of their own must own something, and no two may have the same secret. */
export function checkNotify(
  said: z.infer<typeof notify> | undefined,
  owners: readonly string[],
  locate: Locate,
): readonly Problem[] {
  const problems: Problem[] = [];
  const known = [...new Set(owners)];
  for (const { name, teams = [] } of toChannels(said ?? {})) {
    const taken = new Map<string, string>();
    for (const [index, team] of teams.entries()) {
      const fault = (message: string, hint: string): void => {
        const location = locate(['notify', name, 'teams', index]);
        problems.push({ code: 'CONFIG_INVALID', message: `notify.${name}.teams.${index}: ${message}`, location, hint });
      };
      const [secret = ''] = secretsOfChannel(name, team);
      const other = taken.get(secret);
      taken.set(secret, team);
      if (other !== undefined)
        fault(`expected teams with secrets of their own, found that ${secret} would be ${other}’s too`, 'name it once');
      if (known.includes(team)) continue;
      const near = suggest(team, known);
      fault(
        `expected a team that owns a service, found "${team}"`,
        near === undefined ? `known: ${known.join(', ') || 'none'}` : `did you mean "${near}"?`,
      );
    }
  }
  return problems;
}

import { setMaxListeners } from 'node:events';
import { Cron } from 'croner';
import { TrunklineError } from '../errors.ts';
import { repositoryRef } from '../forge/events/named.ts';
import { raiseEvent } from '../forge/events.ts';
import { readRef } from '../forge/git/refs.ts';
import { repositoryFolder } from '../forge/git/repository-folder.ts';
import type { RunningForge } from '../forge/open-forge.ts';
import type { Repository } from '../forge/rows.ts';
import { git } from '../git/git.ts';
import type { Clock } from '../ports.ts';
import { parseWorkflow } from '../workflow/parse-workflow.ts';

/** `on: schedule` of the repositories' default branches. */
export interface Schedules {
  /**
   * Lets a schedule come round now, whatever the time; answers how many there were.
   * @throws NOT_FOUND for a repository that is not there
   */
  fire(repository: string, only?: { readonly workflow?: string; readonly cron?: string }): Promise<number>;
  /** Lets come round what falls between two times (milliseconds), the later one included; answers how many. */
  between(after: number, until: number): Promise<number>;
  /** Follows the clock until the signal is aborted. */
  follow(signal: AbortSignal): Promise<void>;
}

interface Entry {
  readonly repository: Repository;
  readonly workflow: string;
  readonly cron: string;
  readonly timezone: string;
}

/** GitHub looks no more often. */
const minute = 60_000;

export function openSchedules(running: RunningForge, clock: Clock): Schedules {
  const { forge } = running;
  const all = async (): Promise<readonly Entry[]> =>
    (await Promise.all([...forge.store.repositories.values()].map((one) => entriesOf(running, one)))).flat();
  const raise = async ({ repository, workflow, cron }: Entry): Promise<void> => {
    const account = await lastAuthor(running, repository, workflow);
    forge.store.transaction(() =>
      raiseEvent(forge, {
        name: 'schedule',
        repository,
        identity: { kind: 'system', ...(account === undefined ? {} : { account }) },
        schedule: cron,
        workflow,
      }),
    );
  };
  const between = async (after: number, until: number): Promise<number> => {
    const due = (await all())
      .flatMap((entry) => timesOf(entry, after, until).map((at) => ({ at, entry })))
      .sort((a, b) => a.at - b.at);
    for (const { entry } of due) await raise(entry);
    return due.length;
  };
  return {
    between,
    fire: async (fullName, only = {}) => {
      const [repository] = forge.store.repositories.by('fullName', fullName.toLowerCase());
      if (repository === undefined)
        throw new TrunklineError('NOT_FOUND', `expected a repository called "${fullName}", found none`);
      const entries = (await entriesOf(running, repository)).filter(
        ({ workflow, cron }) =>
          (only.workflow === undefined || workflow === only.workflow || workflow.endsWith(`/${only.workflow}`)) &&
          (only.cron === undefined || cron === only.cron),
      );
      for (const entry of entries) await raise(entry);
      return entries.length;
    },
    follow: async (signal) => {
      setMaxListeners(0, signal);
      let last = clock.now();
      while (!signal.aborted) {
        await clock.sleep(minute - (clock.now() % minute), signal).catch(() => undefined);
        if (signal.aborted) return;
        const now = clock.now();
        await between(last, now);
        last = now;
      }
    },
  };
}

/** Whoever changed the workflow last, as far as the forge knows them: GitHub lets its schedules run as theirs. */
async function lastAuthor({ forge }: RunningForge, repository: Repository, workflow: string) {
  const cwd = repositoryFolder(forge, repository.id);
  const ref = `refs/heads/${repository.defaultBranch}`;
  const email = await git(['log', '-1', '--format=%ae', ref, '--', workflow], { cwd, isolated: true });
  return [...forge.store.accounts.values()].find(
    (account) =>
      account.type === 'User' &&
      (account.email === email || email.endsWith(`+${account.login}@users.noreply.github.com`)),
  );
}

async function entriesOf({ forge, runs }: RunningForge, repository: Repository): Promise<readonly Entry[]> {
  if (repository.actionsEnabled === false) return [];
  const sha = readRef(repositoryFolder(forge, repository.id), `refs/heads/${repository.defaultBranch}`);
  if (sha === undefined) return [];
  const files = await runs.workflows(repositoryRef(forge, repository), sha);
  return files
    .filter(({ text }) => text.includes('schedule'))
    .flatMap((file) => {
      const schedule = parseWorkflow(file).workflow?.on.schedule ?? [];
      return schedule.map(({ cron, timezone }) => ({
        repository,
        workflow: file.path,
        cron,
        timezone: timezone ?? 'UTC',
      }));
    });
}

/** GitHub's crons know no seconds, and either of day and weekday suffices. */
function timesOf({ cron, timezone }: Entry, after: number, until: number): readonly number[] {
  const times: number[] = [];
  const pattern = new Cron(cron, { timezone, paused: true, mode: '5-part' });
  for (let next = pattern.nextRun(new Date(after)); next !== null && next.getTime() <= until; ) {
    times.push(next.getTime());
    next = pattern.nextRun(next);
  }
  return times;
}

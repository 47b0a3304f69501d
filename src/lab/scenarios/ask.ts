import { type CommandValues, findButton } from './buttons.ts';
import { attempt, sayRefusal, split } from './deeds.ts';
import { lastRunId, runsAfter } from './look.ts';
import type { Part } from './pair.ts';
import type { Person } from './person.ts';
import type { World } from './world.ts';

/** How an order ended: done, or refused in whose words. */
export interface Outcome {
  readonly done: boolean;
  readonly said: string;
}

/**
 * Somebody has one of our commands run: by the repository's own workflow for it where there is one, else by hand in a
 * clone. Waits until all that follows is over.
 */
export async function ask(
  world: World,
  person: Person,
  part: Part,
  command: string,
  values: CommandValues,
): Promise<Outcome> {
  const button = findButton(part.workflows, command, switchesIn(values));
  if (button === undefined) return askByHand(world, person, part, command, values);
  const before = await lastRunId(person, part.fullName);
  const refused = await attempt(() =>
    person.api.rest.actions.createWorkflowDispatch({
      ...split(part.fullName),
      workflow_id: button.path.replace(/.*\//, ''),
      ref: part.branch,
      inputs: button.inputs(values),
    }),
  );
  if (refused !== undefined) return { done: false, said: sayRefusal(refused) };
  await world.github.idle();
  const run = (await runsAfter(person, part.fullName, before)).find(
    ({ path, event }) => path === button.path && event === 'workflow_dispatch',
  );
  if (run === undefined) return { done: false, said: `no run of ${button.path} appeared` };
  return run.conclusion === 'success'
    ? { done: true, said: 'success' }
    : { done: false, said: await errorsOf(person, part.fullName, run.id) };
}

async function askByHand(
  world: World,
  person: Person,
  part: Part,
  command: string,
  values: CommandValues,
): Promise<Outcome> {
  const clone = await person.clone(part.fullName);
  await clone.startBranch(part.branch, `origin/${part.branch}`);
  const { exitCode, said } = await world.command(person, clone.folder, [...command.split(' '), ...words(values)]);
  await world.github.idle();
  return { done: exitCode === 0, said };
}

function switchesIn(values: CommandValues): readonly string[] {
  return Object.keys(values).filter((place) => place.startsWith('-') && values[place] === '');
}

/** `{ 0: 'api', '--to': 'prod', '--hold': '' }` → `api --to prod --hold` */
function words(values: CommandValues): readonly string[] {
  const options = Object.entries(values).filter(([place]) => place.startsWith('-'));
  const positions = Object.entries(values).filter(([place]) => !place.startsWith('-'));
  return [
    ...positions.map(([, value]) => value),
    ...options.flatMap(([option, value]) => (value === '' ? [option] : [option, value])),
  ];
}

/** All that the jobs of the runs after one printed. */
export async function lastLog(person: Person, repository: string, after: number): Promise<string> {
  const where = split(repository);
  const logs: string[] = [];
  for (const { id } of await runsAfter(person, repository, after)) {
    const { data } = await person.api.rest.actions.listJobsForWorkflowRun({ ...where, run_id: id });
    for (const job of data.jobs.filter(({ conclusion }) => conclusion !== 'skipped')) {
      const log = await person.api.rest.actions.downloadJobLogsForWorkflowRun({ ...where, job_id: job.id });
      logs.push(String(log.data));
    }
  }
  return logs.join('\n');
}

/** The annotations of a failed run's jobs, where a command says why; else the end of their logs. */
export async function errorsOf(person: Person, repository: string, runId: number): Promise<string> {
  const where = split(repository);
  const { data } = await person.api.rest.actions.listJobsForWorkflowRun({ ...where, run_id: runId });
  const failed = data.jobs.filter(({ conclusion }) => conclusion === 'failure');
  const logs = await Promise.all(
    failed.map(async ({ id }) => {
      const { data: log } = await person.api.rest.actions.downloadJobLogsForWorkflowRun({ ...where, job_id: id });
      return (
        String(log)
          .split('\n')
          .filter((line) => line.includes('##[error]'))
          .join('\n') || String(log).slice(-2000)
      );
    }),
  );
  return logs.join('\n') || 'the run failed';
}

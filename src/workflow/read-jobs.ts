import type { Location } from '../errors.ts';
import { literalText, type Template } from '../expression/template.ts';
import { fields, textOf, texts } from './fields.ts';
import type { Concurrency, EnvironmentRef, Job, RunDefaults } from './model.ts';
import { readPermissions } from './read-permissions.ts';
import { readCondition, readSteps } from './read-steps.ts';

export function readJobs(template: Template | undefined): readonly Job[] {
  if (template?.kind !== 'mapping') return [];
  return template.entries.flatMap(({ key, value }) => {
    const id = key === 'insert' ? undefined : literalText(key);
    return id === undefined || key === 'insert' ? [] : [readJob(id, key.at, value)];
  });
}

function readJob(id: string, at: Location, job: Template): Job {
  const uses = textOf(job, 'uses');
  const part = fields(job, {
    if: 'if',
    needs: 'needs',
    permissions: 'permissions',
    strategy: 'strategy',
    concurrency: 'concurrency',
    secrets: 'secrets',
    environment: 'environment',
    defaults: 'defaults',
    steps: 'steps',
  });
  const permissions = readPermissions(part.permissions);
  const concurrency = readConcurrency(part.concurrency);
  const environment = readEnvironment(part.environment);
  const defaults = readDefaults(part.defaults);
  return {
    id,
    at,
    needs: texts(part.needs) ?? [],
    if: readCondition(part.if, job),
    steps: readSteps(part.steps),
    ...fields(job, {
      name: 'name',
      with: 'with',
      runsOn: 'runs-on',
      env: 'env',
      outputs: 'outputs',
      continueOnError: 'continue-on-error',
      timeoutMinutes: 'timeout-minutes',
      cancelTimeoutMinutes: 'cancel-timeout-minutes',
      container: 'container',
      services: 'services',
      snapshot: 'snapshot',
    }),
    ...(uses === undefined ? {} : { uses }),
    ...(part.secrets === undefined
      ? {}
      : { secrets: literalText(part.secrets) === 'inherit' ? ('inherit' as const) : part.secrets }),
    ...(part.strategy === undefined
      ? {}
      : { strategy: fields(part.strategy, { matrix: 'matrix', failFast: 'fail-fast', maxParallel: 'max-parallel' }) }),
    ...(permissions === undefined ? {} : { permissions }),
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(environment === undefined ? {} : { environment }),
    ...(defaults === undefined ? {} : { defaults }),
  };
}

export function readConcurrency(template: Template | undefined): Concurrency | undefined {
  if (template === undefined) return undefined;
  if (template.kind !== 'mapping') return { group: template, at: template.at };
  const { group, cancelInProgress } = fields(template, { group: 'group', cancelInProgress: 'cancel-in-progress' });
  if (group === undefined) return undefined;
  const queue = textOf(template, 'queue');
  return {
    group,
    at: template.at,
    ...(cancelInProgress === undefined ? {} : { cancelInProgress }),
    ...(queue === 'max' || queue === 'single' ? { queue } : {}),
  };
}

function readEnvironment(template: Template | undefined): EnvironmentRef | undefined {
  if (template === undefined) return undefined;
  if (template.kind !== 'mapping') return { name: template };
  const { name, url } = fields(template, { name: 'name', url: 'url' });
  if (name === undefined) return undefined;
  const deployment = textOf(template, 'deployment');
  return {
    name,
    ...(url === undefined ? {} : { url }),
    ...(deployment === undefined ? {} : { deployment: deployment !== 'false' }),
  };
}

export function readDefaults(template: Template | undefined): RunDefaults | undefined {
  const { run } = fields(template, { run: 'run' });
  return run === undefined ? undefined : fields(run, { shell: 'shell', workingDirectory: 'working-directory' });
}

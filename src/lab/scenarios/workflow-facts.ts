import { parse } from 'yaml';
import type { SourceRepository } from './source-repository.ts';

/** What a scenario wants to know of a workflow: found by what it does, never by what its file is called. */
export interface WorkflowFacts {
  /** `.github/workflows/x.yml` */
  readonly path: string;
  readonly events: readonly string[];
  /** Patterns of tags whose push starts it. */
  readonly tags: readonly string[];
  readonly inputs: Readonly<Record<string, DispatchInput>>;
  readonly jobs: readonly JobFacts[];
}

export interface DispatchInput {
  readonly required: boolean;
  readonly type: string;
  readonly default?: string;
  readonly options: readonly string[];
}

export interface JobFacts {
  /** `environment:`; an expression stays as it is written. */
  readonly environment?: string;
  readonly steps: readonly StepFacts[];
}

export interface StepFacts {
  /** As a run of it lists the step. */
  readonly title: string;
  readonly run: string;
  /** Of the workflow, the job and the step, in this order of growing weight. */
  readonly env: Readonly<Record<string, string>>;
  /** `with:` of an action, and `secrets:` handed to a called workflow. */
  readonly inputs: Readonly<Record<string, string>>;
}

/** Reads the workflow files at HEAD; what cannot be read as YAML is left to the runner, which says why. */
export async function readWorkflowFacts(repository: SourceRepository): Promise<readonly WorkflowFacts[]> {
  const paths = repository.files.filter((path) => /^\.github\/workflows\/[^/]+\.ya?ml$/.test(path));
  const read = await Promise.all(paths.map(async (path) => ({ path, text: (await repository.read(path)) ?? '' })));
  return read.flatMap(({ path, text }) => {
    try {
      return [workflowFacts(path, parse(text))];
    } catch {
      return [];
    }
  });
}

export function workflowFacts(path: string, parsed: unknown): WorkflowFacts {
  const workflow = map(parsed);
  const on = workflow['on'];
  const events = typeof on === 'string' ? [on] : Array.isArray(on) ? on.map(String) : Object.keys(map(on));
  const inputs = map(map(map(on)['workflow_dispatch'])['inputs']);
  const { tags } = map(map(on)['push']);
  return {
    path,
    events,
    tags: Array.isArray(tags) ? tags.map(String) : [],
    inputs: Object.fromEntries(Object.entries(inputs).map(([name, input]) => [name, dispatchInput(map(input))])),
    jobs: Object.values(map(workflow['jobs'])).map((job) => jobFacts(map(job), texts(workflow['env']))),
  };
}

function dispatchInput(input: Readonly<Record<string, unknown>>): DispatchInput {
  return {
    required: input['required'] === true,
    type: typeof input['type'] === 'string' ? input['type'] : 'string',
    ...(input['default'] === undefined || input['default'] === null ? {} : { default: String(input['default']) }),
    options: Array.isArray(input['options']) ? input['options'].map(String) : [],
  };
}

function jobFacts(job: Readonly<Record<string, unknown>>, outer: Readonly<Record<string, string>>): JobFacts {
  const environment = job['environment'];
  const name = typeof environment === 'string' ? environment : map(environment)['name'];
  const env = { ...outer, ...texts(job['env']) };
  const steps = Array.isArray(job['steps']) ? job['steps'].map((step) => stepFacts(map(step), env)) : [];
  const called: StepFacts[] =
    typeof job['uses'] === 'string' ? [{ title: job['uses'], run: '', env, inputs: texts(job['secrets']) }] : [];
  return { ...(typeof name === 'string' ? { environment: name } : {}), steps: [...steps, ...called] };
}

function stepFacts(step: Readonly<Record<string, unknown>>, outer: Readonly<Record<string, string>>): StepFacts {
  const run = typeof step['run'] === 'string' ? step['run'] : '';
  const uses = typeof step['uses'] === 'string' ? step['uses'] : '';
  const named = typeof step['name'] === 'string' ? step['name'] : undefined;
  return {
    title: named ?? `Run ${uses === '' ? (run.split('\n').find((line) => line.trim() !== '') ?? '') : uses}`,
    run,
    env: { ...outer, ...texts(step['env']) },
    inputs: texts(step['with']),
  };
}

function map(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

function texts(value: unknown): Record<string, string> {
  return Object.fromEntries(
    Object.entries(map(value))
      .filter(([, text]) => text !== null && typeof text !== 'object')
      .map(([name, text]) => [name, String(text)]),
  );
}

import type { Template } from '../../expression/template.ts';
import type {
  Concurrency,
  EnvironmentRef,
  InputDefinition,
  Job,
  Permissions,
  RunDefaults,
  Step,
  Workflow,
} from '../model.ts';

type Values = Readonly<Record<string, unknown>>;

/** Everything of the model, as GitHub's reader cases write it. */
export function workflowValues(workflow: Workflow, called: (reference: string) => Workflow | undefined): Values {
  return defined({
    'input-types': inputTypes(workflow),
    permissions: permissions(workflow.permissions),
    env: value(workflow.env),
    defaults: defaults(workflow.defaults),
    concurrency: concurrency(workflow.concurrency),
    jobs: workflow.jobs.map((job) => jobValues(job, workflow.permissions, called)),
  });
}

function inputTypes(workflow: Workflow): Values | undefined {
  const inputs = Object.entries(workflow.on.workflowDispatch?.inputs ?? {});
  return inputs.length === 0 ? undefined : Object.fromEntries(inputs.map(([name, { type }]) => [name, type]));
}

function jobValues(
  job: Job,
  inherited: Permissions | undefined,
  called: (reference: string) => Workflow | undefined,
): Values {
  const allowed = job.permissions ?? inherited;
  const name = value(job.name);
  const common = {
    id: job.id,
    name: name === undefined || name === '' ? job.id : name,
    if: value(job.if),
    needs: job.needs.length === 0 && job.uses === undefined ? undefined : job.needs,
    permissions: permissions(allowed),
    concurrency: concurrency(job.concurrency),
    strategy: pairs({
      'fail-fast': value(job.strategy?.failFast),
      'max-parallel': value(job.strategy?.maxParallel),
      matrix: value(job.strategy?.matrix),
    }),
  };
  if (job.uses === undefined) return defined({ type: 'job', ...common, ...stepJob(job) });
  const workflow = called(job.uses);
  const call = workflow?.on.workflowCall;
  return defined({
    type: 'reusableWorkflowJob',
    ...common,
    // What the called file asks for replaces what the call allows.
    permissions: permissions(workflow?.permissions ?? allowed),
    ref: job.uses,
    'input-definitions': call === undefined ? undefined : definitions(call.inputs, inputDefinition),
    'input-values': value(job.with),
    'secret-definitions':
      call === undefined
        ? undefined
        : definitions(call.secrets, ({ required }) => (required ? [['required', true]] : [])),
    'secret-values': job.secrets === 'inherit' ? undefined : value(job.secrets),
    'inherit-secrets': job.secrets === 'inherit' ? true : undefined,
    outputs: call === undefined ? undefined : definitions(call.outputs, (output) => [['value', value(output.value)]]),
    env: value(workflow?.env),
    defaults: defaults(workflow?.defaults),
    'embedded-concurrency': concurrency(workflow?.concurrency),
    jobs: (workflow?.jobs ?? []).map((one) => jobValues(one, workflow?.permissions ?? allowed, called)),
  });
}

function stepJob(job: Job): Values {
  return {
    'runs-on': value(job.runsOn),
    'timeout-minutes': value(job.timeoutMinutes),
    'cancel-timeout-minutes': value(job.cancelTimeoutMinutes),
    'continue-on-error': value(job.continueOnError),
    environment: environment(job.environment),
    env: value(job.env),
    defaults: defaults(job.defaults),
    outputs: value(job.outputs),
    container: value(job.container),
    services: value(job.services),
    snapshot: value(job.snapshot),
    steps: job.steps.length === 0 ? undefined : job.steps.map(stepValues),
  };
}

function stepValues(step: Step): Values {
  const { control } = step;
  return defined({
    id: step.id,
    name: value(step.name),
    background: step.background,
    wait: control?.kind === 'wait' ? control.steps : undefined,
    'wait-all': control?.kind === 'wait-all' ? true : undefined,
    cancel: control?.kind === 'cancel' ? control.steps[0] : undefined,
    if: control === undefined ? value(step.if) : undefined,
    uses: step.uses,
    with: value(step.with),
    run: value(step.run),
    shell: value(step.shell),
    'working-directory': value(step.workingDirectory),
    env: value(step.env),
    'continue-on-error': value(step.continueOnError),
    'timeout-minutes': value(step.timeoutMinutes),
  });
}

/** The cases leave out `none`, and are older than some scopes. */
function permissions(all: Permissions | undefined): Values | undefined {
  const newer = ['artifact-metadata', 'attestations', 'models', 'vulnerability-alerts'];
  return (
    all &&
    Object.fromEntries(Object.entries(all).filter(([scope, access]) => access !== 'none' && !newer.includes(scope)))
  );
}

function concurrency(one: Concurrency | undefined): unknown {
  if (one === undefined) return undefined;
  const parts = pairs({
    group: value(one.group),
    'cancel-in-progress': value(one.cancelInProgress),
    queue: one.queue,
  });
  return parts?.length === 1 ? value(one.group) : parts;
}

function environment(one: EnvironmentRef | undefined): unknown {
  if (one === undefined) return undefined;
  const parts = pairs({ name: value(one.name), url: value(one.url), deployment: one.deployment });
  return parts?.length === 1 ? value(one.name) : parts;
}

function defaults(one: RunDefaults | undefined): unknown {
  if (one === undefined) return undefined;
  return [['run', pairs({ shell: value(one.shell), 'working-directory': value(one.workingDirectory) }) ?? []]];
}

function inputDefinition(input: InputDefinition): unknown {
  return pairs({ type: input.type, required: input.required ? true : undefined, default: value(input.default) });
}

function definitions<Definition>(
  all: Readonly<Record<string, Definition>>,
  write: (definition: Definition) => unknown,
): unknown {
  const entries = Object.entries(all);
  return entries.length === 0 ? undefined : entries.map(([name, definition]) => [name, write(definition)]);
}

function value(template: Template | undefined): unknown {
  switch (template?.kind) {
    case undefined:
      return undefined;
    case 'literal':
      return typeof template.value === 'number' ? number(template.value) : template.value;
    case 'expression':
      return { expr: template.expression };
    case 'sequence':
      return template.items.map(value);
    case 'mapping':
      return template.entries.map((entry) => [
        entry.key === 'insert' ? 'insert' : value(entry.key),
        value(entry.value),
      ]);
  }
}

/** JSON has no numbers that are none; of zero there is one. */
function number(given: number): number | string {
  if (!Number.isFinite(given)) return String(given);
  return given === 0 ? 0 : given;
}

function pairs(values: Values): readonly unknown[] | undefined {
  const entries = Object.entries(values).filter(([, entry]) => entry !== undefined);
  return entries.length === 0 ? undefined : entries;
}

function defined(values: Values): Values {
  return Object.fromEntries(Object.entries(values).filter(([, entry]) => entry !== undefined));
}

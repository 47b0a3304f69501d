import type { Step, StepControl } from '../../workflow/model.ts';
import { Slots } from '../slots.ts';
import { endEvaluation } from './job-end.ts';
import type { JobSession, StepResult, StepScope } from './job-session.ts';
import { continueOnError, isNamed, readyStep, runHandler, type StepOutcome, stepName } from './run-step.ts';
import type { StepRecorder } from './step-recorder.ts';

/** So many run at once; others wait for a place (docs.github.com, "Workflow syntax"). */
const atOnce = 10;

interface Background {
  readonly name: string;
  readonly cancel: AbortController;
  readonly ended: Promise<void>;
  outcome: StepOutcome | undefined;
  /** Lets later steps see what it set. */
  readonly show: () => void;
  shown: boolean;
  /** A step that waited for it with `continue-on-error` has answered for its failure. */
  forgiven: boolean;
}

/**
 * The steps of a job that run beside others (actions/runner, BackgroundStepCoordinator.cs). Their outputs, environment
 * and result are seen once a step has waited for them. The end of the job ends those that are left.
 */
export class BackgroundSteps {
  readonly #session: JobSession;
  readonly #scope: StepScope;
  readonly #recorder: StepRecorder;
  readonly #slots = new Slots(atOnce);
  readonly #all = new Map<string, Background>();

  constructor(session: JobSession, scope: StepScope, recorder: StepRecorder) {
    this.#session = session;
    this.#scope = scope;
    this.#recorder = recorder;
  }

  /** Condition and environment are those of now; everything else happens beside what follows. */
  start(step: Step): void {
    const session = this.#session;
    const cancel = new AbortController();
    const name = stepName({ step, evaluation: endEvaluation(session, this.#scope) });
    const own = apart(session, isNamed(step.id) ? step.id : name);
    // The job's cancellation ends it whatever its condition says.
    const end = AbortSignal.any([this.#scope.end, session.cancel, cancel.signal]);
    const scope: StepScope = { ...this.#scope, steps: { ...this.#scope.steps }, end };
    const ready = readyStep(own, scope, step, step.id);
    if (!('run' in ready)) {
      const at = this.#recorder.begin(name, 'real', step.uses);
      this.#recorder.end(at, ready.conclusion, ready.fidelity, 0);
      this.#show(step.id, scope, own);
      if (ready.conclusion === 'failure' && session.status === 'success') session.status = 'failure';
      return;
    }
    const at = this.#recorder.queue(name, 'real', step.uses);
    const run = async (): Promise<StepOutcome> => {
      const release = await this.#slots.take(end);
      this.#recorder.start(at);
      const outcome = await ready.run(release === undefined ? unstarted : runHandler);
      release?.();
      this.#recorder.end(at, outcome.conclusion, outcome.fidelity, own.commandMs);
      return outcome;
    };
    const background: Background = {
      name,
      cancel,
      outcome: undefined,
      shown: false,
      forgiven: false,
      show: () => this.#show(step.id, scope, own),
      ended: run().then((outcome) => {
        background.outcome = outcome;
      }),
    };
    this.#all.set(step.id.toLowerCase(), background);
  }

  /** `wait`, `wait-all` or `cancel`: always run, whatever happened before. */
  async control(step: Step, control: StepControl): Promise<void> {
    const { log } = this.#session;
    const evaluation = endEvaluation(this.#session, this.#scope);
    log.beginStep();
    const at = this.#recorder.begin(stepName({ step, evaluation }), 'real');
    const some = this.#named(control);
    const names = some.map(({ name }) => name).join(', ') || '(none)';
    log.line(beginnings[control.kind](names, some.length));
    if (control.kind === 'cancel') for (const { cancel } of some) cancel.abort();
    await Promise.all(some.map(({ ended }) => ended));
    const result = this.#complete(some);
    log.line(endings[control.kind]);
    for (const { name, outcome } of some) log.line(`  ${name}: ${words[outcome?.conclusion ?? 'success']}`);
    const outcome = control.kind === 'cancel' ? 'success' : result;
    const forgiven = outcome === 'failure' && continueOnError({ session: this.#session, step, evaluation });
    if (forgiven) for (const one of some) one.forgiven = true;
    const conclusion = forgiven ? 'success' : outcome;
    if (isNamed(step.id)) this.#scope.steps[step.id] = { outputs: {}, outcome, conclusion };
    if (conclusion === 'failure' && this.#session.status === 'success') this.#session.status = 'failure';
    this.#recorder.end(at, conclusion, 'real', 0);
  }

  /** Before what actions do after the job: nothing runs any more, and each failure that nobody forgave counts. */
  async finish(): Promise<void> {
    const all = [...this.#all.values()];
    await Promise.all(all.map(({ ended }) => ended));
    this.#complete(all.filter(({ shown }) => !shown));
    const failed = all.some(({ outcome, forgiven }) => outcome?.conclusion === 'failure' && !forgiven);
    if (failed && this.#session.status === 'success') this.#session.status = 'failure';
  }

  #named(control: StepControl): readonly Background[] {
    if (control.kind === 'wait-all') return [...this.#all.values()].filter(({ shown }) => !shown);
    return control.steps.flatMap((id) => this.#all.get(id.toLowerCase()) ?? []);
  }

  /** The worst result: a cancellation outweighs a failure. */
  #complete(some: readonly Background[]): 'success' | 'failure' | 'cancelled' {
    for (const one of some) {
      if (!one.shown) one.show();
      one.shown = true;
    }
    const results = some.map(({ outcome }) => outcome?.conclusion);
    if (results.includes('cancelled')) return 'cancelled';
    return results.includes('failure') ? 'failure' : 'success';
  }

  #show(id: string, scope: StepScope, own: ReturnType<typeof apart>): void {
    const seen = scope.steps[id];
    if (seen !== undefined && isNamed(id)) this.#scope.steps[id] = seen;
    own.join();
  }
}

/** Cancelled before there was a place for it. */
const unstarted = (): Promise<never> => Promise.reject(new Error('The operation was canceled.'));

const beginnings: Readonly<Record<StepControl['kind'], (names: string, count: number) => string>> = {
  wait: (names) => `Waiting for background step(s) to complete: ${names}`,
  'wait-all': (names, count) =>
    count > 0
      ? `Waiting for all background step(s) to complete: ${names}`
      : 'No background steps remaining to wait for.',
  cancel: (names) => `Cancelling background step(s): ${names}`,
};
const endings: Readonly<Record<StepControl['kind'], string>> = {
  wait: 'Finished waiting for background step(s).',
  'wait-all': 'Finished waiting for all background step(s).',
  cancel: 'Finished cancelling background step(s).',
};
const words: Readonly<Record<StepResult, string>> = {
  success: 'Succeeded',
  failure: 'Failed',
  cancelled: 'Canceled',
  skipped: 'Skipped',
};

/** The session as the step has it: what it adds to environment and PATH is its own until it joins. */
function apart(session: JobSession, name: string): JobSession & { readonly join: () => void } {
  const before = { env: new Map(session.env), path: [...session.path] };
  const env = new Map(session.env);
  const path = [...session.path];
  return {
    ...session,
    log: session.log.beside(name),
    env,
    path,
    commandMs: 0,
    get status() {
      return session.status;
    },
    set status(status) {
      session.status = status;
    },
    join: () => {
      for (const [key, value] of env) if (before.env.get(key) !== value) session.env.set(key, value);
      const same = path.findIndex((folder, index) => folder !== before.path[index]);
      for (const folder of same < 0 ? [] : path.slice(same)) {
        const at = session.path.indexOf(folder);
        if (at >= 0) session.path.splice(at, 1);
        session.path.push(folder);
      }
    },
  };
}

/** Added where some step in the background is neither waited for nor cancelled. */
export function implicitWait(steps: readonly Step[]): readonly Step[] {
  const named = new Set(
    steps.flatMap(({ control }) => (control === undefined || control.kind === 'wait-all' ? [] : control.steps)),
  );
  const last = steps.at(-1);
  const open = steps.some(({ background, id }) => background === true && !named.has(id));
  if (last === undefined || !open || steps.some(({ control }) => control?.kind === 'wait-all')) return [];
  const { at } = last;
  return [
    {
      id: '__implicit_wait_all',
      at,
      name: { kind: 'literal', value: 'Wait for all background steps', at },
      if: { kind: 'expression', expression: 'always()', at },
      control: { kind: 'wait-all' },
    },
  ];
}

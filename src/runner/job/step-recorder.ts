import type { Masker } from '../../github/masks.ts';
import type { Clock } from '../../ports.ts';
import type { Fidelity, StepRecord } from '../../protocol/run.ts';
import type { StepResult } from './job-session.ts';

/** The list of a job's steps as the forge and whoever watches see it; each change is told at once. */
export class StepRecorder {
  readonly #records: StepRecord[] = [];
  readonly #clock: Pick<Clock, 'now'>;
  readonly #masker: Pick<Masker, 'mask'>;
  readonly #changed: (steps: readonly StepRecord[], step: StepRecord, commandMs: number | undefined) => void;

  constructor(
    clock: Pick<Clock, 'now'>,
    masker: Pick<Masker, 'mask'>,
    changed: (steps: readonly StepRecord[], step: StepRecord, commandMs: number | undefined) => void,
  ) {
    this.#clock = clock;
    this.#masker = masker;
    this.#changed = changed;
  }

  get records(): readonly StepRecord[] {
    return this.#records;
  }

  /** Answers the step's place in the list. Its name may hold what its script does, so it is masked. */
  begin(name: string, fidelity: Fidelity, uses?: string): number {
    const at = this.queue(name, fidelity, uses);
    this.start(at);
    return at;
  }

  /** As `begin`, for a step that may have to wait: `start` tells when it does not any more. */
  queue(name: string, fidelity: Fidelity, uses?: string): number {
    const record: StepRecord = {
      number: this.#records.length + 1,
      name: this.#masker.mask(name),
      status: 'queued',
      conclusion: null,
      startedAt: null,
      completedAt: null,
      fidelity,
      ...(uses === undefined ? {} : { uses }),
    };
    this.#records.push(record);
    return record.number - 1;
  }

  start(at: number): void {
    const record = this.#records[at];
    if (record === undefined) return;
    const begun: StepRecord = { ...record, status: 'in_progress', startedAt: this.#time() };
    this.#records[at] = begun;
    this.#changed([...this.#records], begun, undefined);
  }

  end(at: number, conclusion: StepResult, fidelity: Fidelity, commandMs: number, name?: string): void {
    const record = this.#records[at];
    if (record === undefined) return;
    const done: StepRecord = {
      ...record,
      name: name ?? record.name,
      status: 'completed',
      conclusion,
      completedAt: this.#time(),
      fidelity,
    };
    this.#records[at] = done;
    this.#changed([...this.#records], done, commandMs);
  }

  #time(): string {
    return new Date(this.#clock.now()).toISOString();
  }
}

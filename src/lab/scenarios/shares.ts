import type { Report } from '../../protocol/report.ts';
import type { Fidelity } from '../../protocol/run.ts';
import type { Part } from './pair.ts';

/** Where the time went, in milliseconds of the clock on the wall. */
export interface Shares {
  readonly total: number;
  /** At least one of the user's own commands was running. */
  readonly commands: number;
  /** None of those, but one of `trunkline …` in a workflow. */
  readonly trunkline: number;
  /** None of those, but an action that the lab carries out itself: checkout, a build. Part of the engine's share too. */
  readonly actions: number;
  /** The rest: forge, runner, registry, built-in actions, and the scenario itself. */
  readonly engine: number;
}

/** Adds up what reports tell of steps: how true each was, and whose command took the time. */
export class StepLedger {
  readonly counts: Record<Fidelity, number> = { real: 0, 'built-in': 0, 'stand-in': 0, skipped: 0 };
  readonly #own: Span[] = [];
  readonly #users: Span[] = [];
  readonly #actions: Span[] = [];
  readonly #trunklineSteps: ReadonlySet<string>;

  constructor(parts: readonly Part[]) {
    this.#trunklineSteps = new Set(
      parts.flatMap(({ fullName, workflows }) =>
        workflows.flatMap(({ jobs }) =>
          jobs.flatMap(({ steps }) =>
            steps.filter(({ run }) => /^\s*trunkline\s/.test(run)).map(({ title }) => `${fullName} ${title}`),
          ),
        ),
      ),
    );
  }

  add(report: Report): void {
    if (report.kind !== 'step' || report.step.status !== 'completed') return;
    this.counts[report.step.conclusion === 'skipped' ? 'skipped' : report.step.fidelity] += 1;
    if (report.commandMs === undefined) return;
    const span = { from: report.at - report.commandMs, to: report.at };
    const own = this.#trunklineSteps.has(`${report.run.repository.fullName} ${report.step.name}`);
    (report.step.fidelity !== 'real' ? this.#actions : own ? this.#own : this.#users).push(span);
  }

  shares(total: number): Shares {
    const commands = covered(this.#users);
    const both = covered([...this.#users, ...this.#own]);
    const all = covered([...this.#users, ...this.#own, ...this.#actions]);
    return { total, commands, trunkline: both - commands, actions: all - both, engine: Math.max(0, total - both) };
  }
}

interface Span {
  readonly from: number;
  readonly to: number;
}

/** How long at least one of the spans lasted. */
export function covered(spans: readonly Span[]): number {
  let sum = 0;
  let reached = Number.NEGATIVE_INFINITY;
  for (const { from, to } of spans.toSorted((a, b) => a.from - b.from)) {
    if (to <= reached) continue;
    sum += to - Math.max(from, reached);
    reached = to;
  }
  return sum;
}

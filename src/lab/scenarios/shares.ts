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
  readonly #deployed: number[] = [];
  readonly #trunklineSteps: ReadonlySet<string>;
  readonly #deploySteps: ReadonlySet<string>;

  constructor(parts: readonly Part[]) {
    this.#trunklineSteps = stepsOf(parts, /^\s*trunkline\s/);
    this.#deploySteps = stepsOf(parts, /^\s*trunkline ci deploy\s/);
  }

  add(report: Report): void {
    if (report.kind !== 'step' || report.step.status !== 'completed') return;
    this.counts[report.step.conclusion === 'skipped' ? 'skipped' : report.step.fidelity] += 1;
    const name = `${report.run.repository.fullName} ${report.step.name}`;
    if (report.step.conclusion === 'success' && this.#deploySteps.has(name)) this.#deployed.push(report.at);
    if (report.commandMs === undefined) return;
    const span = { from: report.at - report.commandMs, to: report.at };
    const own = this.#trunklineSteps.has(name);
    (report.step.fidelity !== 'real' ? this.#actions : own ? this.#own : this.#users).push(span);
  }

  /** When a deploy first succeeded after a moment: a healthy service is what it waits for. */
  deployedAfter(moment: number): number | undefined {
    return this.#deployed.find((at) => at >= moment);
  }

  /** Of the time from one moment to another. */
  shares(from: number, to: number): Shares {
    const within = (spans: readonly Span[]): readonly Span[] =>
      spans
        .map((span) => ({ from: Math.max(span.from, from), to: Math.min(span.to, to) }))
        .filter((span) => span.from < span.to);
    const [users, own, actions] = [within(this.#users), within(this.#own), within(this.#actions)];
    const commands = covered(users);
    const both = covered([...users, ...own]);
    const all = covered([...users, ...own, ...actions]);
    const total = to - from;
    return { total, commands, trunkline: both - commands, actions: all - both, engine: Math.max(0, total - both) };
  }
}

/** Steps whose command begins so, as `owner/name title`. */
function stepsOf(parts: readonly Part[], command: RegExp): ReadonlySet<string> {
  return new Set(
    parts.flatMap(({ fullName, workflows }) =>
      workflows.flatMap(({ jobs }) =>
        jobs.flatMap(({ steps }) =>
          steps.filter(({ run }) => command.test(run)).map(({ title }) => `${fullName} ${title}`),
        ),
      ),
    ),
  );
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

import type { BookEvent, Expectation } from '../../lab/scenarios/book.ts';
import type { Ports } from '../../ports.ts';
import type { Report } from '../../protocol/report.ts';
import type { Conclusion } from '../../protocol/run.ts';
import { duration } from './duration.ts';
import { type Style, styleFor } from './style.ts';
import { shorten, width } from './table.ts';

const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

/**
 * Writes what happens as it happens: a line for each step and each expectation, and on a terminal one more, which moves,
 * for what runs now.
 */
export class Timeline {
  readonly #ports: Ports;
  readonly #style: Style;
  readonly #verbose: boolean;
  readonly #startedAt: number;
  /** Job → what it does now. */
  readonly #running = new Map<number, { readonly text: string; readonly since: number }>();
  readonly #timer: NodeJS.Timeout | undefined;
  #frame = 0;
  #moving = false;

  constructor(ports: Ports, options: { verbose: boolean }) {
    this.#ports = ports;
    this.#style = styleFor(ports.stdout, ports.env);
    this.#verbose = options.verbose;
    this.#startedAt = ports.clock.now();
    this.#timer = ports.stdout.isTTY ? setInterval(() => this.#move(), 80).unref() : undefined;
  }

  report(report: Report): void {
    if (report.kind === 'line') {
      if (this.#verbose) this.#line(`          ${this.#style('dim', `${report.job.name} │`)} ${report.text.trimEnd()}`);
      return;
    }
    if (report.kind === 'run') {
      const { run } = report;
      if (run.status === 'completed' && run.conclusion === 'startup_failure') {
        this.#line(
          this.#entry(report.at, [run.repository.fullName, `${run.workflowName} #${run.number}`], run.conclusion),
        );
        if (report.message !== undefined) this.#line(report.message.replaceAll(/^/gm, '           '));
      }
      return;
    }
    if (report.kind === 'job') {
      if (report.job.status === 'completed') this.#running.delete(report.job.id);
      return;
    }
    if (report.kind === 'step') this.#step(report);
  }

  event(event: BookEvent): void {
    const style = this.#style;
    switch (event.kind) {
      case 'phase':
        this.#line(`\n${style('bold', `${event.number}. ${event.title}`)}`);
        break;
      case 'note':
        this.#line(`  ${style('yellow', 'note')} ${event.text}`);
        break;
      case 'expectation':
        this.#line(formatExpectation(event.expectation, style));
        break;
    }
  }

  /** A line of its own, above the one that moves. */
  say(text: string): void {
    this.#line(text);
  }

  end(): void {
    clearInterval(this.#timer);
    this.#wipe();
  }

  #step(report: Extract<Report, { kind: 'step' }>): void {
    const { run, job, step, at } = report;
    const place = [run.repository.fullName, `${run.workflowName} #${run.number}`, job.name, step.name];
    if (step.status === 'in_progress') {
      this.#running.set(job.id, { text: place.join(' › '), since: at });
      return;
    }
    if (step.status !== 'completed' || step.conclusion === 'skipped') return;
    const since = this.#running.get(job.id)?.since;
    this.#running.delete(job.id);
    const took = duration(at - (since ?? at));
    this.#line(
      this.#entry(at, place, step.conclusion, `${took}${step.fidelity === 'real' ? '' : `  ${step.fidelity}`}`),
    );
  }

  #entry(at: number, place: readonly string[], conclusion: Conclusion | null, more = ''): string {
    const style = this.#style;
    const clock = `${((at - this.#startedAt) / 1000).toFixed(1).padStart(6)} s`;
    const mark = conclusion === 'success' ? style('green', '·') : style('red', '×');
    const ending = conclusion === 'success' || conclusion === null ? '' : style('red', `  ${conclusion}`);
    return `${style('dim', clock)} ${mark} ${style('dim', place.join(' › '))}  ${more}${ending}`;
  }

  #line(text: string): void {
    this.#wipe();
    this.#ports.stdout.write(`${text}\n`);
    this.#move();
  }

  #move(): void {
    if (!this.#ports.stdout.isTTY) return;
    this.#wipe();
    const now = this.#ports.clock.now();
    const running = [...this.#running.values()];
    const [first, ...others] = running;
    if (first === undefined) return;
    this.#frame = (this.#frame + 1) % frames.length;
    const more = others.length === 0 ? '' : `  and ${others.length} more`;
    const text = ` ${frames[this.#frame]} ${first.text}  ${duration(now - first.since)}${more}`;
    this.#ports.stdout.write(
      width(text) < this.#ports.stdout.columns ? text : shorten(text, this.#ports.stdout.columns - 1),
    );
    this.#moving = true;
  }

  #wipe(): void {
    if (!this.#moving) return;
    this.#ports.stdout.write('\r\u001b[2K');
    this.#moving = false;
  }
}

function formatExpectation({ text, result, expected, found }: Expectation, style: Style): string {
  switch (result) {
    case 'held':
      return `  ${style('green', '✓')} ${text}${style('dim', evidence(found))}`;
    case 'skipped':
      return `  ${style('yellow', '○')} ${text}: not rehearsed, ${found}`;
    case 'failed':
      return [
        `  ${style('red', '✗')} ${style('bold', text)}`,
        `      expected  ${expected}`,
        `      found     ${found.split('\n').join('\n                ')}`,
      ].join('\n');
  }
}

/** What was found, where it says more than that all went well. */
function evidence(found: string): string {
  const line = found.split('\n')[0] ?? '';
  return line === 'it was done' || line === '' ? '' : `  ${shorten(line, 90)}`;
}

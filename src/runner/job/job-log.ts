import type { Masker } from '../../github/masks.ts';
import type { Clock } from '../../ports.ts';
import type { Annotation } from '../../protocol/run.ts';

export interface JobLogOptions {
  readonly masker: Masker;
  readonly clock: Pick<Clock, 'now'>;
  /** Takes text for the stored log: whole lines, masked, with their time. */
  readonly write: (text: string) => void;
  /** Takes each line as it is shown to whoever watches: masked, without its time. */
  readonly show: (line: string) => void;
  /** Shows `##[debug]` lines. */
  readonly debug: boolean;
}

/** Annotations kept of a level and step, as on GitHub. */
const annotationLimit = 10;

const none = (): { readonly annotations: Annotation[]; readonly prefix: string } => ({ annotations: [], prefix: '' });

/** A job's log: nothing reaches it but through the masker. */
export class JobLog {
  readonly annotations: Annotation[];
  readonly #options: JobLogOptions;
  readonly #prefix: string;
  #stepCounts: Record<Annotation['level'], number> = { notice: 0, warning: 0, failure: 0 };

  constructor(
    options: JobLogOptions,
    beside: { readonly annotations: Annotation[]; readonly prefix: string } = none(),
  ) {
    this.#options = options;
    this.annotations = beside.annotations;
    this.#prefix = beside.prefix;
  }

  /** The same log for a step that runs beside others: its lines say whose they are. */
  beside(name: string): JobLog {
    return new JobLog(this.#options, { annotations: this.annotations, prefix: `${name} │ ` });
  }

  get debugShown(): boolean {
    return this.#options.debug;
  }

  beginStep(): void {
    this.#stepCounts = { notice: 0, warning: 0, failure: 0 };
  }

  /** A line break in the text begins another line. */
  line(text: string): void {
    this.lines(text.split(/\r?\n/));
  }

  lines(lines: readonly string[]): void {
    const { masker, clock, write, show } = this.#options;
    const stamp = new Date(clock.now()).toISOString().replace('Z', '0000Z');
    const masked = lines.map((line) => masker.mask(`${this.#prefix}${line}`));
    write(masked.map((line) => `${stamp} ${line}\n`).join(''));
    for (const line of masked) show(line);
  }

  debug(text: string): void {
    if (this.#options.debug) this.line(`##[debug]${text}`);
  }

  error(message: string, place: Omit<Annotation, 'level' | 'message'> = {}): void {
    this.#issue('failure', 'error', message, place);
  }

  warning(message: string, place: Omit<Annotation, 'level' | 'message'> = {}): void {
    this.#issue('warning', 'warning', message, place);
  }

  notice(message: string, place: Omit<Annotation, 'level' | 'message'> = {}): void {
    this.#issue('notice', 'notice', message, place);
  }

  /** What a problem matcher found, shown as the line it was found in. */
  problem({ level, message, ...place }: Annotation, line: string): void {
    this.#issue(level, level === 'failure' ? 'error' : level, message, place, line);
  }

  #issue(
    level: Annotation['level'],
    word: string,
    message: string,
    place: Omit<Annotation, 'level' | 'message'>,
    shown: string = message,
  ): void {
    this.line(`##[${word}]${shown}`);
    if (this.#stepCounts[level] >= annotationLimit) return;
    this.#stepCounts[level] += 1;
    const mask = (text: string): string => this.#options.masker.mask(text);
    this.annotations.push({
      level,
      ...place,
      ...(place.title === undefined ? {} : { title: mask(place.title) }),
      ...(place.path === undefined ? {} : { path: mask(place.path) }),
      message: message.split('\n').map(mask).join('\n'),
    });
  }
}

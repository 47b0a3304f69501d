import { splitArguments } from '../job/shell.ts';

/** `--health-*` of a service's `options`, with docker's defaults; times in milliseconds. */
export interface HealthCheck {
  readonly command?: string;
  /** How long the service may take to become healthy. */
  readonly patience: number;
  /** Options that mean nothing to a program of this machine. */
  readonly passedOver: readonly string[];
}

/** @throws Error for a time that cannot be read */
export function healthCheck(options: string): HealthCheck {
  const words = splitArguments(options);
  const values = new Map<string, string>();
  const passedOver: string[] = [];
  for (let index = 0; index < words.length; index += 1) {
    const [, name, value] = /^--health-([a-z-]+)(?:=([\s\S]*))?$/.exec(words[index] ?? '') ?? [];
    if (name === undefined) {
      if (words[index]?.startsWith('-') === true) passedOver.push(words[index] ?? '');
      continue;
    }
    values.set(name, value ?? words[index + 1] ?? '');
    if (value === undefined) index += 1;
  }
  const command = values.get('cmd');
  const [interval, timeout] = [time(values.get('interval')) ?? 30_000, time(values.get('timeout')) ?? 30_000];
  const retries = Number(values.get('retries') ?? 3);
  const patience = (time(values.get('start-period')) ?? 0) + (interval + timeout) * Math.max(1, retries);
  return { ...(command === undefined || command === '' ? {} : { command }), patience, passedOver };
}

const units: Readonly<Record<string, number>> = { ns: 1e-6, us: 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** As Go reads durations: `1m30s`. */
function time(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ns|us|ms|s|m|h)/g)];
  if (parts.length === 0 || parts.map(([whole]) => whole).join('') !== text) {
    throw new Error(`invalid duration '${text}' in the options of a service`);
  }
  return parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (units[unit ?? ''] ?? 0), 0);
}

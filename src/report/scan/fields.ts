import type { Shapes } from '../read-json.ts';
import { type Report, reportInvalid } from '../report.ts';

/** Fields of a value from a report: another type counts as absent. */
export type Fields = Readonly<Record<string, unknown>>;

export function fields(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

export function wholeNumber(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) && value > 0 ? value : undefined;
}

/** Only what is there, for properties that may be left out. */
export function given<Value extends object>(
  value: { readonly [Key in keyof Value]?: Value[Key] | undefined },
): Partial<Value> {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as Partial<Value>;
}

/** `sha256:…` at the end of `name@sha256:…`, or by itself. */
export function digestIn(reference: unknown): readonly string[] {
  const found = typeof reference === 'string' ? /(?:^|@)(sha256:[0-9a-f]{64})$/.exec(reference)?.[1] : undefined;
  return found === undefined ? [] : [found];
}

/** A list that tools written in Go call null where it is empty. @throws REPORT_INVALID for anything else in its place */
export function requireList(report: Report, shapes: Shapes, name: string): void {
  const found = shapes.get(name);
  if (found === 'array' || found === 'null') return;
  throw reportInvalid(report, `expected a list as "${name}", found ${found ?? 'none'}`);
}

import { TwirpError } from './twirp-error.ts';

export type Fields = Readonly<Record<string, unknown>>;

/** A field by its name in the schema, `workflow_run_backend_id`, or as JSON may also write it. */
export function field(fields: Fields, name: string): unknown {
  return fields[name] ?? fields[name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())];
}

export function textField(fields: Fields, name: string): string {
  const value = field(fields, name);
  if (value === undefined || value === null) return '';
  if (typeof value !== 'string') throw new TwirpError('invalid_argument', `${name} must be a string`);
  return value;
}

/** Whole numbers of 64 bits come as text. */
export function numberField(fields: Fields, name: string): number | undefined {
  const value = field(fields, name);
  if (value === undefined || value === null || value === '') return undefined;
  const number = Number(value);
  if (!Number.isSafeInteger(number) || number < 0)
    throw new TwirpError('invalid_argument', `${name} must be a whole number`);
  return number;
}

export function textsField(fields: Fields, name: string): readonly string[] {
  const value = field(fields, name) ?? [];
  if (!Array.isArray(value)) throw new TwirpError('invalid_argument', `${name} must be a list`);
  return value.map(String);
}

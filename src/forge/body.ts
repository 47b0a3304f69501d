import type { Context } from 'hono';
import { ApiError } from './http.ts';
import { words } from './words.ts';

export type Body = Readonly<Record<string, unknown>>;

/** The request's JSON object; an empty body is an empty object. @throws ApiError 400 */
export async function readBody(c: Context): Promise<Body> {
  const text = await c.req.text();
  if (text.trim() === '') return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ApiError(400, words.badJson());
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ApiError(400, words.noObject());
  }
  return { ...value };
}

/** A field that may be left out or null. @throws ApiError 422 when it is no text. */
export function optionalText(body: Body, name: string): string | undefined {
  const value = body[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw invalid(words.notOfType(name, value, 'a string'));
  return value;
}

export function requiredText(body: Body, name: string, resource: string): string {
  const value = optionalText(body, name);
  if (value === undefined || value === '') throw validationFailed({ resource, field: name, code: 'missing_field' });
  return value;
}

export function optionalFlag(body: Body, name: string): boolean | undefined {
  const value = body[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'boolean') throw invalid(words.notOfType(name, value, 'a boolean'));
  return value;
}

export function optionalTexts(body: Body, name: string): readonly string[] | undefined {
  const value = body[name];
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value)) throw invalid(words.notOfType(name, value, 'an array'));
  return value.map((one: unknown) => {
    if (typeof one !== 'string') throw invalid(words.itemNotOfType(one, 'a string'));
    return one;
  });
}

export function optionalNumbers(body: Body, name: string): readonly number[] | undefined {
  const value = body[name];
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value)) throw invalid(words.notOfType(name, value, 'an array'));
  return value.map((one: unknown) => {
    if (typeof one !== 'number') throw invalid(words.itemNotOfType(one, 'an integer'));
    return one;
  });
}

/** One of several texts. @throws ApiError 422 for any other. */
export function optionalChoice<Choice extends string>(
  body: Body,
  name: string,
  choices: readonly Choice[],
): Choice | undefined {
  const value = optionalText(body, name);
  if (value === undefined) return undefined;
  const choice = choices.find((one) => one === value);
  if (choice === undefined) throw invalid(words.notOneOf(name, value, choices));
  return choice;
}

/** GitHub's 422 with one entry under `errors`. */
export function validationFailed(error: Readonly<Record<string, unknown>>): ApiError {
  return new ApiError(422, 'Validation Failed', { errors: [error] });
}

function invalid(message: string): ApiError {
  return new ApiError(422, words.invalidRequest(message));
}

import type { Body } from '../body.ts';
import { ApiError } from '../http.ts';
import { words } from '../words.ts';

/** A field that is an object, empty where it is left out. @throws ApiError 422 */
export function objectField(body: Body, name: string): Body {
  const value = body[name];
  if (value === undefined || value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value))
    throw new ApiError(422, words.invalidRequest(words.notOfType(name, value, 'an object')));
  return { ...value };
}

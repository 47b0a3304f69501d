import { readFileSync } from 'node:fs';
import { TrunklineError } from '../errors.ts';

export type Json = Readonly<Record<string, unknown>>;

/** The event that started the run, as GITHUB_EVENT_PATH holds it; empty where there is none. @throws INPUT_INVALID */
export function readEventPayload(env: Readonly<Record<string, string | undefined>>): Json {
  const path = env['GITHUB_EVENT_PATH'];
  if (path === undefined || path === '') return {};
  try {
    return record(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    throw new TrunklineError(
      'INPUT_INVALID',
      `expected the event's JSON in ${path}: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

/** The value as an object; an empty one for anything else. */
export function record(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

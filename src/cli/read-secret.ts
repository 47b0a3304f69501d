import { TrunklineError } from '../errors.ts';
import type { Ports } from '../ports.ts';

/** `NAME=VALUE`, or `NAME` of a variable that is set. @throws INPUT_INVALID */
export function readSecret(text: string, env: Ports['env']): [string, string] {
  const at = text.indexOf('=');
  const name = (at === -1 ? text : text.slice(0, at)).toUpperCase();
  const value = at === -1 ? env[name] : text.slice(at + 1);
  if (!/^[A-Z_][A-Z0-9_]*$/.test(name) || value === undefined) {
    throw new TrunklineError(
      'INPUT_INVALID',
      `expected --secret NAME=VALUE, or NAME of a variable that is set, found "${name}"`,
    );
  }
  return [name, value];
}

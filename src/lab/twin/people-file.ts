import { readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parse } from 'yaml';
import { TrunklineError } from '../../errors.ts';

/** Who plays the parts on a GitHub that has its people already: tokens by role, and Apps with their keys. */
export interface PeopleFile {
  readonly tokens: ReadonlyMap<string, string>;
  readonly apps: ReadonlyMap<string, { readonly id: number; readonly privateKey: string }>;
}

/** Tokens come in a file, so that they are in no list of processes and no shell's history. @throws INPUT_INVALID */
export function readPeopleFile(path: string): PeopleFile {
  const wrong = (expected: string, hint?: string): TrunklineError =>
    new TrunklineError('INPUT_INVALID', `expected ${expected}`, {
      location: { file: path },
      ...(hint === undefined ? {} : { hint }),
    });
  const text = readSecretFile(path, wrong);
  let read: unknown;
  try {
    read = parse(text);
  } catch {
    // The parser's own words would show a part of the file, and with it of a token.
    throw wrong('YAML with a token for each role');
  }
  if (!isMap(read)) throw wrong('YAML with a token for each role', 'owner: ghp_…\ndeveloper: ghp_…\nreviewer: ghp_…');
  const { apps = {}, ...people } = read;
  const tokens = Object.entries(people).map(([role, token]): [string, string] => {
    if (typeof token !== 'string' || token.trim() === '') throw wrong(`a token for "${role}"`);
    return [role, token.trim()];
  });
  if (!isMap(apps)) throw wrong('"apps" to hold Apps by name');
  const made = Object.entries(apps).map(([name, app]): [string, { id: number; privateKey: string }] => {
    const hint = `apps:\n  ${name}: { id: 123456, key: ${name}.pem }`;
    if (!isMap(app) || typeof app['id'] !== 'number' || typeof app['key'] !== 'string')
      throw wrong(`"id" and "key" of the App "${name}"`, hint);
    return [name, { id: app['id'], privateKey: readSecretFile(resolve(dirname(path), app['key']), wrong) }];
  });
  return { tokens: new Map(tokens), apps: new Map(made) };
}

function readSecretFile(path: string, wrong: (expected: string, hint?: string) => TrunklineError): string {
  try {
    const open = process.platform !== 'win32' && (statSync(path).mode & 0o077) !== 0;
    if (open) throw wrong(`${path} to be readable by you alone`, `chmod 600 ${path}`);
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof TrunklineError) throw error;
    throw wrong(`a file at ${path}, found none that can be read`);
  }
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

import { TrunklineError } from '../../errors.ts';
import type { Ports } from '../../ports.ts';

/** How a program that stands for another was called in a job. */
export interface ProgramCall {
  readonly words: readonly string[];
  readonly ports: Ports;
}

/** Answers the exit code. @throws INPUT_INVALID for what only the real one knows */
export type Program = (call: ProgramCall) => Promise<number>;

/** What stands for a tool: how the tool's own help calls its options. */
export interface Flags {
  /** Options with a value, by every name that they have: `{ '--output': 'output', '-o': 'output' }`. */
  readonly values: Readonly<Record<string, string>>;
  /** Options without. */
  readonly switches: readonly string[];
  readonly program: string;
}

export interface Given {
  readonly values: ReadonlyMap<string, readonly string[]>;
  readonly switches: ReadonlySet<string>;
  readonly rest: readonly string[];
}

/** Reads options up to the first word that is none, where `stop` is set, or all of them. @throws INPUT_INVALID */
export function readFlags(words: readonly string[], { values, switches, program }: Flags, stop = false): Given {
  const found = new Map<string, string[]>();
  const on = new Set<string>();
  const rest: string[] = [];
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? '';
    if (!word.startsWith('-') || word === '-') {
      if (stop) return { values: found, switches: on, rest: words.slice(index) };
      rest.push(word);
      continue;
    }
    const at = word.indexOf('=');
    const name = at === -1 ? word : word.slice(0, at);
    const key = values[name];
    if (key !== undefined) {
      if (at === -1) index += 1;
      const value = at === -1 ? (words[index] ?? '') : word.slice(at + 1);
      found.set(key, [...(found.get(key) ?? []), value]);
    } else if (switches.includes(word)) on.add(word);
    else throw notKnown(program, word);
  }
  return { values: found, switches: on, rest };
}

/** @returns what to throw for what the stand-in does not carry out */
export function notKnown(program: string, what: string): TrunklineError {
  return new TrunklineError('UNSUPPORTED', `the lab's stand-in for ${program} does not know "${what}"`, {
    hint: `install ${program} on this machine: then the real one runs`,
  });
}

import { createContext, Script } from 'node:vm';
import { RE2JS } from 're2js';

/** A regular expression of a stranger's: it answers, or throws `PatternTimeout`, but never hangs. */
export interface BoundedPattern {
  /** How many groups it has, the whole match included. */
  readonly groups: number;
  exec(line: string): readonly (string | undefined)[] | undefined;
}

export class PatternTimeout extends Error {}

/** GitHub's limit for one match, in milliseconds. */
const patience = 1000;

/** Linear in the line's length where it can be; what looks around or back is run against the clock. @throws for a bad one */
export function boundedPattern(source: string): BoundedPattern {
  const plain = new RegExp(source);
  const groups = (new RegExp(`${source}|`).exec('')?.length ?? 1) | 0;
  const linear = compileLinear(source);
  if (linear !== undefined) {
    return {
      groups,
      exec: (line) => {
        const matcher = linear.matcher(line);
        if (!matcher.find()) return undefined;
        return Array.from({ length: groups }, (_, group) => matcher.group(group) ?? undefined);
      },
    };
  }
  const context = createContext({ plain, line: '' });
  const script = new Script('plain.exec(line)');
  return {
    groups,
    exec: (line) => {
      context['line'] = line;
      try {
        const found = script.runInContext(context, { timeout: patience }) as RegExpExecArray | null;
        return found === null ? undefined : [...found];
      } catch (cause) {
        throw new PatternTimeout(`${source} took more than ${patience} ms`, { cause });
      }
    },
  };
}

function compileLinear(source: string): RE2JS | undefined {
  try {
    return RE2JS.compile(source);
  } catch {
    return undefined;
  }
}

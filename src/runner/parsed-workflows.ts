import { type ParseOptions, parseWorkflow } from '../workflow/parse-workflow.ts';

export type Parse = typeof parseWorkflow;

interface Known {
  readonly text: string;
  readonly tokenDefault: ParseOptions['tokenDefault'];
  /** What it called, as it was. */
  readonly called: ReadonlyMap<string, string | undefined>;
  readonly result: ReturnType<Parse>;
}

/** Texts of as many paths are remembered. */
const limit = 500;

/**
 * A `parseWorkflow` that remembers: every event asks for all workflow files of its repository, which hardly ever
 * change. An answer holds as long as the file and all it calls read the same.
 */
export function rememberParsed(): Parse {
  const byPath = new Map<string, Known[]>();
  return (source, options = {}) => {
    if (options.limits !== undefined) return parseWorkflow(source, options);
    const known = byPath.get(source.path) ?? [];
    const found = known.find(
      (one) =>
        one.text === source.text &&
        one.tokenDefault === options.tokenDefault &&
        [...one.called].every(([reference, text]) => options.readCalled?.(reference) === text),
    );
    if (found !== undefined) return found.result;
    const called = new Map<string, string | undefined>();
    const { readCalled } = options;
    const result = parseWorkflow(source, {
      ...options,
      ...(readCalled === undefined
        ? {}
        : {
            readCalled: (reference: string) => {
              const text = readCalled(reference);
              called.set(reference, text);
              return text;
            },
          }),
    });
    byPath.delete(source.path);
    byPath.set(
      source.path,
      [{ text: source.text, tokenDefault: options.tokenDefault, called, result }, ...known].slice(0, 8),
    );
    const [oldest] = byPath.keys();
    if (byPath.size > limit && oldest !== undefined) byPath.delete(oldest);
    return result;
  };
}

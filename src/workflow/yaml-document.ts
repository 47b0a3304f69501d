import { LineCounter, type ParsedNode, parseDocument, type YAMLParseError } from 'yaml';

/** What is wrong with a file as YAML. */
export interface YamlFault {
  readonly message: string;
  readonly line: number;
  readonly column: number;
}

export interface YamlDocument {
  /** All scalars are text: types are told apart later. Null for an empty file. */
  readonly contents: ParsedNode | null;
  readonly lines: LineCounter;
  readonly faults: readonly YamlFault[];
}

/** Parses YAML, with the mildness of GitHub's library (YamlDotNet 6) where that of `yaml` is stricter. */
export function readDocument(text: string): YamlDocument {
  const lines = new LineCounter();
  // Repeated keys are the template reader's to refuse.
  const document = parseDocument(text, {
    lineCounter: lines,
    schema: 'failsafe',
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'error',
  });
  const errors = document.errors.filter((error) => !passed.test(error.message));
  const quote = errors.find((error) => /^Missing closing ["']quote/.test(error.message));
  const mended = quote === undefined ? undefined : indentQuoted(text, quote);
  if (mended !== undefined) return readDocument(mended);
  return { contents: document.contents, lines, faults: errors.map((error) => faultOf(error, lines)) };
}

/** A comment right after a bracket. Brackets that close further left than they should are but warned of. */
const passed = /^Comments must be separated from other tokens by white space characters/;

/**
 * Indents the further lines of a quoted text, whose white space at the start counts for nothing: GitHub's library does
 * not mind when they stand as far left as the text's own line.
 */
function indentQuoted(text: string, { pos, message }: YAMLParseError): string | undefined {
  const quoted = message.includes('"') ? /"(?:[^"\\]|\\[\s\S])*"/y : /'(?:[^']|'')*'/y;
  const start = text.lastIndexOf(message.includes('"') ? '"' : "'", pos[0]);
  for (const from of [pos[0], start]) {
    quoted.lastIndex = from;
    const [found] = quoted.exec(text) ?? [];
    if (found === undefined || !found.includes('\n')) continue;
    const column = from - (text.lastIndexOf('\n', from - 1) + 1);
    const indented = found.replaceAll(/\n(?!\s*\n)/g, `\n${' '.repeat(column + 1)}`);
    return text.slice(0, from) + indented + text.slice(from + found.length);
  }
  return undefined;
}

function faultOf(error: YAMLParseError, lines: LineCounter): YamlFault {
  const { line, col } = lines.linePos(error.pos[0]);
  const reason = error.code === 'MULTIPLE_DOCS' ? 'one document was expected, found more' : error.message;
  return { message: `You have an error in your yaml syntax on line ${line}: ${reason}`, line, column: col };
}

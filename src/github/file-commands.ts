/** GitHub drops summaries above this size, in bytes. */
export const summaryLimit = 1024 * 1024;

/**
 * Reads the text of a GITHUB_OUTPUT, GITHUB_ENV or GITHUB_STATE file: `name=value` lines and here-documents
 * (`name<<delimiter`). The same rules and words as actions/runner's FileCommandManager.cs.
 * @throws Error with GitHub's message
 */
export function parseFileCommands(content: string): readonly (readonly [name: string, value: string])[] {
  const text = content.startsWith('\uFEFF') ? content.slice(1) : content;
  const pairs: [string, string][] = [];
  const reader = lineReader(text);
  for (let line = reader.next(); line !== undefined; line = reader.next()) {
    if (line.text === '') continue;
    const equals = line.text.indexOf('=');
    const heredoc = line.text.indexOf('<<');
    if (equals >= 0 && (heredoc < 0 || equals < heredoc)) {
      pairs.push([line.text.slice(0, equals), line.text.slice(equals + 1)]);
    } else if (heredoc >= 0) {
      const name = line.text.slice(0, heredoc);
      const delimiter = line.text.slice(heredoc + 2);
      if (name === '' || delimiter === '') {
        throw new Error(`Invalid format '${line.text}'. Name must not be empty and delimiter must not be empty`);
      }
      pairs.push([name, readHeredoc(text, reader, delimiter)]);
    } else {
      throw new Error(`Invalid format '${line.text}'`);
    }
  }
  return pairs;
}

interface LineReader {
  readonly position: () => number;
  readonly next: () => { text: string; ended: boolean } | undefined;
}

function lineReader(text: string): LineReader {
  let index = 0;
  return {
    position: () => index,
    next: () => {
      if (index >= text.length) return undefined;
      const feed = text.indexOf('\n', index);
      const line = { text: text.slice(index, feed < 0 ? undefined : feed), ended: feed >= 0 };
      index = feed < 0 ? text.length : feed + 1;
      return line;
    },
  };
}

function readHeredoc(text: string, reader: LineReader, delimiter: string): string {
  const start = reader.position();
  let end = start;
  for (let line = reader.next(); line?.text !== delimiter; line = reader.next()) {
    if (line === undefined) throw new Error(`Invalid value. Matching delimiter not found '${delimiter}'`);
    if (!line.ended) throw new Error('Invalid value. EOF marker missing new line.');
    end = reader.position() - 1;
  }
  return text.slice(start, Math.max(start, end));
}

/** One entry for such a file, always as a here-document. `unique` must not be guessable by whoever made the value. */
export function formatFileCommand(name: string, value: string, unique: string): string {
  const delimiter = `ghadelimiter_${unique}`;
  if (name.includes(delimiter) || value.includes(delimiter)) {
    throw new Error(`Unexpected input: "${name}" contains the delimiter`);
  }
  return `${name}<<${delimiter}\n${value}\n${delimiter}\n`;
}

/** `::name key=value,key=value::data`, read from a job's output. Names and keys are compared without case. */
export interface WorkflowCommand {
  readonly name: string;
  /** By lower-case key. */
  readonly properties: ReadonlyMap<string, string>;
  readonly data: string;
}

/** All commands that GitHub's runner knows; a line naming another is plain output. */
export const commandNames: ReadonlySet<string> = new Set([
  'add-mask',
  'add-matcher',
  'add-path',
  'debug',
  'echo',
  'endgroup',
  'error',
  'group',
  'notice',
  'remove-matcher',
  'save-state',
  'set-env',
  'set-output',
  'stop-commands',
  'warning',
]);

/**
 * Reads a line of output as actions/runner does (ActionCommand.cs): `::name …::` at the line's start, or the older
 * `##[name …]` anywhere in it. Undefined for a line that is no known command.
 */
export function parseCommand(
  line: string,
  known: (name: string) => boolean = (name) => commandNames.has(name),
): WorkflowCommand | undefined {
  return parseColons(line, known) ?? parseBrackets(line, known);
}

function parseColons(line: string, known: (name: string) => boolean): WorkflowCommand | undefined {
  const text = line.trimStart();
  if (!text.startsWith('::')) return undefined;
  const end = text.indexOf('::', 2);
  if (end < 0) return undefined;
  const [name, rest] = splitHead(text.slice(2, end));
  if (!known(name.toLowerCase())) return undefined;
  return {
    name: name.toLowerCase(),
    properties: readProperties(rest.trim(), ',', unescapeProperty),
    data: unescapeData(text.slice(end + 2)),
  };
}

function parseBrackets(line: string, known: (name: string) => boolean): WorkflowCommand | undefined {
  const start = line.indexOf('##[');
  if (start < 0) return undefined;
  const end = line.indexOf(']', start);
  if (end < 0) return undefined;
  const [name, rest] = splitHead(line.slice(start + 3, end));
  if (!known(name.toLowerCase())) return undefined;
  return {
    name: name.toLowerCase(),
    properties: readProperties(rest, ';', unescapeOld),
    data: unescapeOld(line.slice(end + 1)),
  };
}

function splitHead(text: string): [string, string] {
  const space = text.indexOf(' ');
  return space < 0 ? [text, ''] : [text.slice(0, space), text.slice(space + 1)];
}

function readProperties(text: string, separator: string, decode: (text: string) => string): Map<string, string> {
  const found = new Map<string, string>();
  for (const part of text.split(separator)) {
    // As .NET's Split(count: 2, RemoveEmptyEntries): leading separators are dropped, later ones belong to the value.
    const trimmed = part.replace(/^=+/, '');
    const equals = trimmed.indexOf('=');
    if (equals > 0 && equals < trimmed.length - 1) {
      found.set(trimmed.slice(0, equals).toLowerCase(), decode(trimmed.slice(equals + 1)));
    }
  }
  return found;
}

const unescapeData = (text: string): string =>
  text.replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%25', '%');

const unescapeProperty = (text: string): string =>
  text
    .replaceAll('%0D', '\r')
    .replaceAll('%0A', '\n')
    .replaceAll('%3A', ':')
    .replaceAll('%2C', ',')
    .replaceAll('%25', '%');

const unescapeOld = (text: string): string =>
  text
    .replaceAll('%3B', ';')
    .replaceAll('%0D', '\r')
    .replaceAll('%0A', '\n')
    .replaceAll('%5D', ']')
    .replaceAll('%25', '%');

const escapeData = (text: string): string =>
  text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');

const escapeProperty = (text: string): string => escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');

/** One line for standard output, as @actions/core writes it; undefined properties are left out. */
export function formatCommand(
  name: string,
  data: string,
  properties: Readonly<Record<string, string | number | undefined>> = {},
): string {
  const list = Object.entries(properties)
    .filter((pair): pair is [string, string | number] => pair[1] !== undefined && pair[1] !== '')
    .map(([key, value]) => `${key}=${escapeProperty(String(value))}`);
  return `::${name}${list.length > 0 ? ` ${list.join(',')}` : ''}::${escapeData(data)}`;
}

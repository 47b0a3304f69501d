/** How the trunkline command starts in a job. */
export interface Launched {
  /** The lab's: asked without TLS. */
  readonly hosts: readonly string[];
  /** A folder for what V8 compiled. */
  readonly compileCache: string;
  /** The command's own file. */
  readonly main: string;
}

/** A shell script that becomes the command with these words, which the shell reads; `before` are lines that run first. */
export function launcher(
  { hosts, compileCache, main }: Launched,
  words: string,
  before: readonly string[] = [],
): string {
  const lines = [
    '#!/bin/sh',
    ...before,
    `export TRUNKLINE_LAB_HOSTS=${quoted(hosts.join(','))} TRUNKLINE_LAB_CA="\${NODE_EXTRA_CA_CERTS:-}"`,
    'export TRUNKLINE_LAB_NODE_OPTIONS="${NODE_OPTIONS:-}" TRUNKLINE_LAB_NODE_EXTRA_CA_CERTS="${NODE_EXTRA_CA_CERTS:-}"',
    `export TRUNKLINE_LAB_COMPILE_CACHE=${quoted(compileCache)}`,
    'unset NODE_OPTIONS NODE_EXTRA_CA_CERTS',
    `exec ${quoted(process.execPath)} ${quoted(main)} ${words}`,
  ];
  return `${lines.join('\n')}\n`;
}

/** One word of the shell. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** What a Dockerfile says of its build, as far as it can be told without building. */
export interface DockerfileText {
  /** Paths that it copies from its context, where they are plain. */
  readonly copies: readonly string[];
  /** Stages that no other stage takes from: those that could be images. */
  readonly stages: readonly string[];
}

export function readDockerfile(text: string): DockerfileText {
  const lines = text.replaceAll(/\\\r?\n/g, ' ').split('\n');
  const copies: string[] = [];
  const stages: string[] = [];
  const taken = new Set<string>();
  for (const line of lines) {
    const [, word = '', rest = ''] = /^\s*([A-Za-z]+)\s+(.*)$/.exec(line) ?? [];
    switch (word.toUpperCase()) {
      case 'FROM': {
        const name = /\s[Aa][Ss]\s+([\w.-]+)/.exec(rest)?.[1];
        if (name !== undefined) stages.push(name);
        break;
      }
      case 'ADD':
      case 'COPY': {
        const from = /(?:^|\s)--from=([\w.-]+)/.exec(rest)?.[1];
        if (from !== undefined) taken.add(from);
        else copies.push(...sourcesOf(rest));
        break;
      }
      default:
    }
  }
  return { copies, stages: stages.filter((stage) => !taken.has(stage)) };
}

/** All but the last word, which says where they go; what the builder has to fill in is left out. */
function sourcesOf(rest: string): readonly string[] {
  const words = rest.trim().startsWith('[')
    ? [...rest.matchAll(/"([^"]*)"/g)].map(([, one = '']) => one)
    : rest.split(/\s+/).filter((word) => word !== '' && !word.startsWith('--'));
  return words
    .slice(0, -1)
    .map((word) => word.replace(/^(?:\.?\/)+/, '').replace(/\/$/, ''))
    .filter((word) => word !== '' && word !== '.' && !/[$*?[<]|:\/\//.test(word));
}
